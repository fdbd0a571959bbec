"""Opening a project space when 2 exist and when 233 do: time, requests, memory, on a real local cloud."""
