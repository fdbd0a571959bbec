package main

import (
	"strings"

	"github.com/pulumi/inflector"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// The bridge's own schema generator needs modules for other languages that registries do not serve.
// This one says the same of names, types, requirement and secrecy, from what the bridge works with at run time.

// describer collects the object types that the properties of one package refer to.
type describer struct {
	types map[string]schema.ComplexTypeSpec
	// Inputs and outputs share one nested type, which has the requirements of this position, as in the SDK.
	nested position
}

// packageSchema describes every token: what it takes, what it returns, what is secret.
func packageSchema(prov *tfbridge.ProviderInfo) *schema.PackageSpec {
	d := &describer{types: map[string]schema.ComplexTypeSpec{}}
	spec := &schema.PackageSpec{
		Name: prov.Name, Version: prov.Version,
		Meta:      &schema.MetadataSpec{ModuleFormat: "(.*)(?:/[^/]*)"},
		Resources: map[string]schema.ResourceSpec{}, Functions: map[string]schema.FunctionSpec{},
	}
	at := place{"index", "Provider"}
	inputs := d.object(at, prov.P.Schema(), prov.Config, isInput, true)
	spec.Provider = &schema.ResourceSpec{InputProperties: inputs.Properties, RequiredInputs: inputs.Required}
	spec.Config = schema.ConfigSpec{Variables: inputs.Properties, Required: inputs.Required}
	d.nested = isInput
	for name, info := range prov.Resources {
		res := prov.P.ResourcesMap().Get(name)
		at := placeOf(string(info.Tok))
		in := d.object(at, res.Schema(), info.Fields, isInput, true)
		out := d.object(at, res.Schema(), info.Fields, isOutput, true)
		spec.Resources[string(info.Tok)] = schema.ResourceSpec{
			ObjectTypeSpec:  out,
			InputProperties: in.Properties, RequiredInputs: in.Required,
			StateInputs:        &schema.ObjectTypeSpec{Properties: d.object(at, res.Schema(), info.Fields, isState, true).Properties},
			DeprecationMessage: former(name),
		}
	}
	d.nested = isOutput
	for name, info := range prov.DataSources {
		res := prov.P.DataSourcesMap().Get(name)
		at := placeOf(string(info.Tok))
		in := d.object(at, res.Schema(), info.Fields, isInput, true)
		out := d.object(at, res.Schema(), info.Fields, isOutput, true)
		out.Properties["id"] = schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "string"}}
		out.Required = append(out.Required, "id")
		spec.Functions[string(info.Tok)] = schema.FunctionSpec{Inputs: &in, Outputs: &out, DeprecationMessage: former(name)}
	}
	spec.Types = d.types
	return spec
}

func former(name string) string {
	if strings.HasSuffix(name, formerSuffix) {
		return "use the current token of " + strings.TrimSuffix(name, formerSuffix)
	}
	return ""
}

// A place is where a type is named: the SDK's module, and the name so far.
type place struct{ module, name string }

// placeOf reads "openstack:compute/instance:Instance" as compute, Instance.
func placeOf(token string) place {
	parts := strings.Split(token, ":")
	module, _, _ := strings.Cut(parts[1], "/")
	return place{module, strings.ToUpper(parts[2][:1]) + parts[2][1:]}
}

type position int

const (
	isInput position = iota
	isOutput
	isState
)

// object describes the properties of a resource, of a data source or of a nested block in one position.
func (d *describer) object(
	at place, fields shim.SchemaMap, infos map[string]*tfbridge.SchemaInfo, pos position, top bool,
) schema.ObjectTypeSpec {
	spec := schema.ObjectTypeSpec{Type: "object", Properties: map[string]schema.PropertySpec{}}
	fields.Range(func(key string, field shim.Schema) bool {
		info := infos[key]
		name := tfbridge.TerraformToPulumiNameV2(key, fields, infos)
		settable := field.Optional() || field.Required()
		if top && (name == "id" && pos != isInput || pos == isInput && !settable) || field.Removed() != "" {
			return true
		}
		spec.Properties[name] = schema.PropertySpec{
			TypeSpec: d.typeOf(at, name, field, info, pos),
			Secret:   field.Sensitive() || field.WriteOnly(),
		}
		if required(field, info, pos) {
			spec.Required = append(spec.Required, name)
		}
		return true
	})
	return spec
}

// required says whether a property is always given (inputs) or always there (outputs).
func required(field shim.Schema, info *tfbridge.SchemaInfo, pos position) bool {
	defaulted := info != nil && info.HasDefault()
	switch pos {
	case isOutput:
		return !field.Optional() || field.Computed() || defaulted
	case isInput:
		// A default that a function gives comes from the environment.
		return field.Required() && !defaulted && field.DefaultFunc() == nil
	}
	return false
}

func (d *describer) typeOf(
	at place, name string, field shim.Schema, info *tfbridge.SchemaInfo, pos position,
) schema.TypeSpec {
	switch field.Type() {
	case shim.TypeBool:
		return schema.TypeSpec{Type: "boolean"}
	case shim.TypeInt:
		return schema.TypeSpec{Type: "integer"}
	case shim.TypeFloat:
		return schema.TypeSpec{Type: "number"}
	case shim.TypeMap:
		element := d.elementOf(at, name, field, info, pos)
		return schema.TypeSpec{Type: "object", AdditionalProperties: &element}
	case shim.TypeList, shim.TypeSet:
		if tfbridge.IsMaxItemsOne(field, info) {
			return d.elementOf(at, name, field, info, pos)
		}
		element := d.elementOf(at, inflector.Singularize(name), field, info, pos)
		return schema.TypeSpec{Type: "array", Items: &element}
	default:
		return schema.TypeSpec{Type: "string"}
	}
}

// elementOf describes what a list, set or map holds; an object becomes a type of its own, as in the SDK.
func (d *describer) elementOf(
	at place, name string, field shim.Schema, info *tfbridge.SchemaInfo, pos position,
) schema.TypeSpec {
	var elem *tfbridge.SchemaInfo
	if info != nil {
		elem = info.Elem
	}
	switch e := field.Elem().(type) {
	case shim.Schema:
		return d.typeOf(at, name, e, elem, pos)
	case shim.Resource:
		var infos map[string]*tfbridge.SchemaInfo
		if elem != nil {
			infos = elem.Fields
		}
		nested := place{at.module, at.name + strings.ToUpper(name[:1]) + name[1:]}
		token := "openstack:" + nested.module + "/" + nested.name + ":" + nested.name
		d.types[token] = schema.ComplexTypeSpec{ObjectTypeSpec: d.object(nested, e.Schema(), infos, d.nested, false)}
		return schema.TypeSpec{Ref: "#/types/" + token}
	default:
		return schema.TypeSpec{Type: "string"}
	}
}
