package awsapi

import (
	"context"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// reader reads the facts of one kind. Split says which keys go together: each
// group is one job. Calls is what a job needs at least, 0 for one.
type reader struct {
	split func(keys []string) [][]string
	calls int
	read  func(ctx context.Context, r *reading, keys []string)
}

func (r reader) needs() int { return max(r.calls, 1) }

// readers has the reader for each kind of fact. It puts a fact or a failure
// for each key that it gets.
var readers = map[topology.Kind]reader{
	topology.LoadBalancers:        {alone, 1, each(readLoadBalancers)},
	topology.LoadBalancerSettings: {alone, 1, each(readBalancerAttributes)},
	topology.Listeners:            {alone, 1, each(readListeners)},
	topology.Rules:                {alone, 1, each(readRules)},
	topology.ListenerCertificates: {alone, 1, each(readListenerCertificates)},
	topology.TargetGroups:         {alone, 1, each(readTargetGroups)},
	topology.TargetHealth:         {alone, 1, each(readTargetHealth)},

	topology.ServiceNames:       {alone, 1, each(readServiceNames)},
	topology.Services:           {byCluster(10), 1, readServices},
	topology.RunningTasks:       {byCluster(100), 2, readRunningTasks},
	topology.StoppedTasks:       {byCluster(100), 2, readStoppedTasks},
	topology.TaskDefinitions:    {alone, 1, each(readTaskDefinition)},
	topology.ServiceDeployments: {alone, 1, each(readServiceDeployments)},

	topology.InterfacesByAddress: {together(200), 1, readInterfacesByAddress},
	topology.Interfaces:          {together(200), 1, readInterfaces},
	topology.SecurityGroups:      {together(200), 1, readSecurityGroups},
	topology.PrefixLists:         {alone, 1, each(readPrefixList)},
	topology.Subnets:             {together(200), 1, readSubnets},
	topology.NetworkACLs:         {together(200), 1, readNetworkACLs},
	topology.RouteTables:         {together(200), 1, readRouteTables},
	topology.VPCs:                {together(200), 3, readVPCs},
	topology.VPCEndpoints:        {together(200), 1, readVPCEndpoints},

	topology.Zones:              {together(200), 2, readZones},
	topology.Records:            {alone, 2, each(readRecords)},
	topology.DiscoveryServices:  {alone, 2, each(readDiscoveryServices)},
	topology.DiscoveryInstances: {alone, 1, each(readDiscoveryInstances)},
	topology.Certificates:       {alone, 1, each(readCertificate)},
	topology.Databases:          {alone, 1, each(readDatabases)},
	topology.DatabaseEvents:     {alone, 1, each(readDatabaseEvents)},
	topology.Logs:               {alone, 1, each(readLogs)},
	topology.Changes:            {alone, 1, each(readChanges)},
	topology.OwnNetwork:         {alone, 1, each(readOwnNetwork)},
}

// each is a reader of one key at a time.
func each(read func(context.Context, *reading, string)) func(context.Context, *reading, []string) {
	return func(ctx context.Context, r *reading, keys []string) {
		for _, key := range keys {
			read(ctx, r, key)
		}
	}
}

// alone has each key in a job of its own.
func alone(keys []string) [][]string { return slices.Collect(slices.Chunk(keys, 1)) }

// together has as many keys in a job as AWS takes in one filter.
func together(most int) func([]string) [][]string {
	return func(keys []string) [][]string { return slices.Collect(slices.Chunk(keys, most)) }
}

// byCluster has keys of the form cluster|… together if the cluster is the same.
func byCluster(most int) func([]string) [][]string {
	return func(keys []string) [][]string {
		of := map[string][]string{}
		var order []string
		for _, key := range keys {
			cluster := topology.Parts(key)[0]
			if of[cluster] == nil {
				order = append(order, cluster)
			}
			of[cluster] = append(of[cluster], key)
		}
		var jobs [][]string
		for _, cluster := range order {
			jobs = append(jobs, slices.Collect(slices.Chunk(of[cluster], most))...)
		}
		return jobs
	}
}

// pair takes a key of two parts apart; the second is empty where there is none.
func pair(key string) (first, second string) {
	parts := topology.Parts(key)
	if len(parts) > 1 {
		second = parts[1]
	}
	return parts[0], second
}
