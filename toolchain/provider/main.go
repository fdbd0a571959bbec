// The OpenStack provider of Pulumi, from its two upstream modules: the Terraform bridge and the
// Terraform provider. It speaks for the tokens of tokens.txt, under the version of the Python SDK.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

// The SDK asks for exactly this version of the plugin.
const version = "5.5.1"

// A name that the program leaves out is made from the resource's own name and a random suffix.
const longestName = 255

func main() {
	prov := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(openstack.Provider()),
		Name:    "openstack",
		Version: version,
		Config:  config,
	}
	if err := addTokens(&prov); err != nil {
		fail(err)
	}
	prov.SetAutonaming(longestName, "-")
	schema, err := json.Marshal(packageSchema(&prov))
	if err != nil {
		fail(err)
	}
	tfbridge.Main(prov.Name, version, prov, schema)
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "pulumi-resource-openstack: %v\n", err)
	os.Exit(1)
}
