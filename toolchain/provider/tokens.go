package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

//go:embed tokens.txt
var tokenTable string

// A former token serves the same Terraform type: the bridge finds it as a copy under this suffix.
const formerSuffix = tfbridge.RenamedEntitySuffix

// addTokens registers every line of tokens.txt. A Terraform type without a line would not be served, so it is an error.
func addTokens(prov *tfbridge.ProviderInfo) error {
	prov.Resources = map[string]*tfbridge.ResourceInfo{}
	prov.DataSources = map[string]*tfbridge.DataSourceInfo{}
	for _, line := range strings.Split(tokenTable, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) < 3 {
			return fmt.Errorf("tokens.txt: %q has no token", line)
		}
		kind, name := words[0], words[1]
		for i, word := range words[2:] {
			token := prov.Name + ":" + word
			entry := name
			if i > 0 {
				entry = name + formerSuffix
				if err := shim.CloneResource(mapOf(prov, kind), name, entry); err != nil {
					return fmt.Errorf("tokens.txt: %q: %w", line, err)
				}
			}
			if kind == "resource" {
				prov.Resources[entry] = &tfbridge.ResourceInfo{Tok: tokens.Type(token), Fields: fields[name]}
			} else {
				prov.DataSources[entry] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token)}
			}
		}
	}
	var missing []string
	prov.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if prov.Resources[name] == nil {
			missing = append(missing, "resource "+name)
		}
		return true
	})
	prov.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if prov.DataSources[name] == nil {
			missing = append(missing, "function "+name)
		}
		return true
	})
	if missing != nil {
		return fmt.Errorf("tokens.txt: no line for %s", strings.Join(missing, ", "))
	}
	return nil
}

func mapOf(prov *tfbridge.ProviderInfo, kind string) shim.ResourceMap {
	if kind == "resource" {
		return prov.P.ResourcesMap()
	}
	return prov.P.DataSourcesMap()
}
