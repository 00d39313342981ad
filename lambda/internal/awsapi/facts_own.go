package awsapi

import (
	"context"
	"errors"
	"net/url"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var getFunctionConfiguration = operation{"lambda", "restjson.GetFunctionConfiguration"}

// functionAnswer leaves out the variables of the function.
type functionAnswer struct {
	FunctionName, FunctionArn, Role string

	VpcConfig struct {
		VpcID                       string
		SubnetIDs, SecurityGroupIDs []string
	}
}

// readOwnNetwork: absent means that the checker is in no VPC, so a function
// that AWS does not find is not absent but a failure.
func readOwnNetwork(ctx context.Context, r *reading, key string) {
	if r.limits.Function == "" {
		r.unsupported(topology.OwnNetwork, key, "the checker does not run as a Lambda function here")
		return
	}
	var answer functionAnswer
	err := r.call(ctx, request{operation: getFunctionConfiguration, path: "/2015-03-31/functions/" + url.PathEscape(r.limits.Function) + "/configuration", out: &answer})
	if f, ok := errors.AsType[*Failure](err); ok && f.kind == missing {
		f.kind = other
	}
	if err != nil {
		r.fail(topology.OwnNetwork, key, err)
		return
	}
	r.own(answer.FunctionArn)
	if answer.VpcConfig.VpcID == "" {
		r.missing(topology.OwnNetwork, key)
		return
	}
	put(r, &r.to.OwnNetwork, topology.OwnNetwork, key, topology.Checker{
		Function: answer.FunctionName, Role: lastPart(answer.Role), VPC: answer.VpcConfig.VpcID,
		Subnets: answer.VpcConfig.SubnetIDs, SecurityGroups: answer.VpcConfig.SecurityGroupIDs,
	})
}
