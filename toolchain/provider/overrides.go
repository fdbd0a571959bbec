package main

import "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

// fields names the properties whose name in the SDK is not the one that the bridge derives.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	"openstack_networking_subnet_v2":   {"allocation_pool": {Name: "allocationPools"}},
	"openstack_orchestration_stack_v1": {"outputs": {Name: "StackOutputs"}},
}

// config names the environment variable that a provider setting falls back to.
var config = map[string]*tfbridge.SchemaInfo{
	"allow_reauth":  fromEnv("OS_ALLOW_REAUTH"),
	"cloud":         fromEnv("OS_CLOUD"),
	"delayed_auth":  fromEnv("OS_DELAYED_AUTH"),
	"endpoint_type": fromEnv("OS_ENDPOINT_TYPE"),
	"insecure":      fromEnv("OS_INSECURE"),
	"region":        fromEnv("OS_REGION_NAME"),
	"swauth":        fromEnv("OS_SWAUTH"),
}

func fromEnv(name string) *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: []string{name}}}
}
