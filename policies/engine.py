# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""The policy pack as the engine sees it: Pulumi's Analyzer protocol, served directly.

The public policy SDK copies all resources for every policy, opens secrets, and ends a policy at its first
unknown value (docs/decisions/0024): one servicer over the protocol shares a graph and keeps both marks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2 as pb
from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

from policies import ledger, run, wire
from policies.judge import Entry
from policies.model import POLICIES, Level, Policy, Said, Verdict
from policies.settings import PACK, BadInputError, checked, pack_settings, schema
from policies.values import Value

NAME = "socle"
LEDGER = "SOCLE_POLICY_LEDGER"
"""Environment variable: a file that the coverage ledger is written to."""
_LEVELS = {Level.ADVISORY: pb.ADVISORY, Level.MANDATORY: pb.MANDATORY}


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    """Serves one engine. It remembers what the program asked for: the stack's request shows plans only."""

    def __init__(self, version: str) -> None:
        """Nothing is configured yet."""
        self._version = version
        self._setup = run.Setup({})
        self._levels: dict[str, pb.EnforcementLevel.ValueType] = {
            name: _LEVELS[one.level] for name, one in POLICIES.items()
        }
        self._inputs: dict[str, Mapping[str, Value]] = {}
        self._told: set[tuple[str, str, str]] = set()
        self._guard = threading.Lock()
        self._stack: dict[str, Any] = {}

    def Handshake(
        self, request: pb.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerHandshakeResponse:
        """Nothing beyond the protocol's basis is understood."""
        return pb.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Which version this is."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> pb.AnalyzerInfo:
        """Every policy, with the form of its parameters."""
        infos = [_info(POLICIES[name]) for name in sorted(POLICIES)]
        return pb.AnalyzerInfo(
            name=NAME, version=self._version, supportsConfig=True, policies=infos, displayName="Socle"
        )

    def Configure(
        self, request: pb.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Levels and parameters; refused in one line when they cannot be used."""
        said = {name: json_format.MessageToDict(one.properties) for name, one in request.policyConfig.items()}
        try:
            config = checked({name: _whole(one) for name, one in said.items()})
        except BadInputError as reason:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(reason))
        for name, one in request.policyConfig.items():
            self._levels[name] = one.enforcementLevel
        off = frozenset(name for name, level in self._levels.items() if level == pb.DISABLED)
        self._setup = run.Setup(config, off)
        return empty_pb2.Empty()

    def ConfigureStack(
        self, request: pb.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerStackConfigureResponse:
        """Which stack it is; its configuration, which may hold secrets, is not kept."""
        self._stack = {"project": request.project, "stack": request.stack, "preview": request.dry_run}
        return pb.AnalyzerStackConfigureResponse()

    def Analyze(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.AnalyzeResponse:
        """One resource before it is made: what needs no other is stopped here."""
        resource = wire.single(request)
        entries = run.single(resource, self._setup, _today())
        with self._guard:
            self._inputs[resource.urn] = resource.props
        return pb.AnalyzeResponse(diagnostics=self._diagnostics(entries, (Verdict.VIOLATION,)))

    def AnalyzeStack(
        self, request: pb.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzeResponse:
        """All of them, once."""
        entries = run.whole(wire.stack(request, self._inputs), self._setup, _today())
        if target := os.environ.get(LEDGER):
            ledger.write(Path(target), entries, {**self._stack, "version": self._version})
        shown = (Verdict.VIOLATION, Verdict.UNPROVEN)
        return pb.AnalyzeResponse(diagnostics=self._diagnostics(entries, shown))

    def Remediate(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.RemediateResponse:
        """This pack changes nothing."""
        return pb.RemediateResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing lasts long enough to be ended."""
        return empty_pb2.Empty()

    def _diagnostics(
        self, entries: Iterable[Entry], shown: tuple[Verdict, ...]
    ) -> list[pb.AnalyzeDiagnostic]:
        """What has not been told yet of these verdicts."""
        found = []
        for entry in entries:
            for said in entry.said:
                key = (entry.policy.id, entry.resource.urn, said.words)
                if said.verdict not in shown:
                    continue
                with self._guard:
                    if key in self._told:
                        continue
                    self._told.add(key)
                found.append(self._diagnostic(entry, said))
        return found

    def _diagnostic(self, entry: Entry, said: Said) -> pb.AnalyzeDiagnostic:
        policy, settings = entry.policy, pack_settings(self._setup.config)
        french = settings["language"] == "fr"
        rule, fix = (policy.rule.fr, policy.fix.fr) if french else (policy.rule.en, policy.fix.en)
        level = self._levels[policy.id]
        if said.verdict is Verdict.UNPROVEN and settings["unproven"] != "mandatory":
            level = pb.ADVISORY
        word = ("non prouvé" if french else "unproven") + ": " if said.verdict is Verdict.UNPROVEN else ""
        return pb.AnalyzeDiagnostic(
            policyName=policy.id,
            policyPackName=NAME,
            policyPackVersion=self._version,
            description=rule,
            message=f"{rule}\n{word}{said.words}\n{fix} ({', '.join(policy.clauses)})",
            enforcementLevel=level,
            urn=entry.resource.urn,
        )


def _info(policy: Policy) -> pb.PolicyInfo:
    info = pb.PolicyInfo(
        name=policy.id,
        displayName=policy.id,
        description=policy.rule.en,
        enforcementLevel=_LEVELS[policy.level],
        policy_type=pb.POLICY_TYPE_STACK if policy.graph or policy.id == PACK else pb.POLICY_TYPE_RESOURCE,
        remediation_steps=policy.fix.en,
        tags=list(policy.clauses),
    )
    info.configSchema.properties.update({name: schema(value) for name, value in policy.params.items()})
    return info


def _whole(said: Any) -> Any:
    """JSON's numbers are floats: whole ones are what people wrote."""
    if isinstance(said, float) and said.is_integer():
        return int(said)
    if isinstance(said, dict):
        return {key: _whole(value) for key, value in said.items()}
    return [_whole(item) for item in said] if isinstance(said, list) else said


def _today() -> Any:
    return datetime.now(UTC).date()
