package awsapi

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestDiscoveryOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	n := b.network("facts-sd")
	call := func(action string, in map[string]any) map[string]any {
		return b.json("servicediscovery", "Route53AutoNaming_v20170314."+action, in)
	}
	call("CreatePrivateDnsNamespace", map[string]any{"Name": "facts-sd.local", "Vpc": n.vpc, "CreatorRequestId": "1"})
	call("CreateHttpNamespace", map[string]any{"Name": "facts-http", "CreatorRequestId": "2"})
	id := map[string]string{}
	for _, one := range call("ListNamespaces", map[string]any{})["Namespaces"].([]any) {
		space := one.(map[string]any)
		id[space["Name"].(string)] = space["Id"].(string)
	}
	dns := map[string]any{"DnsRecords": []any{map[string]any{"Type": "A", "TTL": 60}}}
	made := call("CreateService", map[string]any{"Name": "mlflow", "NamespaceId": id["facts-sd.local"], "DnsConfig": dns})["Service"].(map[string]any)
	empty := call("CreateService", map[string]any{"Name": "empty", "NamespaceId": id["facts-sd.local"], "DnsConfig": dns})["Service"].(map[string]any)
	call("CreateService", map[string]any{"Name": "web", "NamespaceId": id["facts-http"]})
	call("RegisterInstance", map[string]any{"ServiceId": made["Id"], "InstanceId": "i-1", "CreatorRequestId": "3", "Attributes": map[string]string{"AWS_INSTANCE_IPV4": "10.20.0.9", "AWS_INSTANCE_PORT": "5000"}})

	client, _ := open(t, patient)
	service, arn := made["Id"].(string), empty["Arn"].(string)
	s := readAt(t, client, FactLimits{}, nil, want(topology.DiscoveryServices), want(topology.DiscoveryInstances, service), want(topology.DiscoveryInstances, arn), want(topology.DiscoveryInstances, "srv-nothing"))
	var names []string
	for _, one := range value(t, s.DiscoveryServices.Of("")) {
		names = append(names, one.Name+"."+one.Namespace)
		if one.ID == service && one.Zone == "" {
			t.Errorf("a private namespace has a zone: %+v", one)
		}
	}
	for _, wanted := range []string{"mlflow.facts-sd.local", "empty.facts-sd.local", "web.facts-http"} {
		if !slices.Contains(names, wanted) {
			t.Errorf("%s is not in %v", wanted, names)
		}
	}
	if got := value(t, s.DiscoveryInstances.Of(service)); len(got) != 1 || got[0] != (topology.DiscoveryInstance{ID: "i-1", Address: "10.20.0.9", Port: 5000}) {
		t.Errorf("%+v", got)
	}
	if got := value(t, s.DiscoveryInstances.Of(arn)); len(got) != 0 {
		t.Errorf("none is known to be none: %+v", got)
	}
	if got := s.DiscoveryInstances.Of("srv-nothing"); got.State != topology.Absent {
		t.Errorf("%+v", got)
	}
}

func TestCertificatesOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	arn := b.json("acm", "CertificateManager.RequestCertificate", map[string]any{"DomainName": "api.example.org", "SubjectAlternativeNames": []string{"*.Example.org"}, "ValidationMethod": "DNS"})["CertificateArn"].(string)
	client, _ := open(t, patient)
	gone, other := arn[:len(arn)-4]+"0000", "arn:aws:iam::123456789012:server-certificate/old"
	s := readAt(t, client, FactLimits{}, nil, want(topology.Certificates, arn), want(topology.Certificates, gone), want(topology.Certificates, other))
	c := value(t, s.Certificates.Of(arn))
	if c.Domain != "api.example.org" || !slices.Contains(c.Names, "*.example.org") || c.Status != "PENDING_VALIDATION" || len(c.Validations) == 0 || c.Validations[0].Name == "" || strings.HasSuffix(c.Validations[0].Value, ".") {
		t.Errorf("%+v", c)
	}
	if got := s.Certificates.Of(gone); got.State != topology.Absent {
		t.Errorf("%+v", got)
	}
	if got := s.Certificates.Of(other); got.Why != topology.Unsupported {
		t.Errorf("%+v", got)
	}
}

func TestDatabasesOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	b.query("rds", "2014-10-31", "CreateDBInstance", "", "DBInstanceIdentifier", "facts-mlflow", "DBInstanceClass", "db.t3.micro", "Engine", "postgres", "MasterUsername", "u", "MasterUserPassword", plantedSecret, "AllocatedStorage", "20", "Port", "5433")
	client, _ := open(t, patient)
	s := readAt(t, client, FactLimits{}, nil, want(topology.Databases))
	for _, d := range value(t, s.Databases.Of("")) {
		if d.ID == "facts-mlflow" {
			if d.Engine != "postgres" || d.Status != "available" || d.Port != 5433 || d.Host == "" {
				t.Errorf("%+v", d)
			}
			clean(t, s)
			return
		}
	}
	t.Errorf("%+v", s.Databases)
}

func TestLogsOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	call := func(action string, in map[string]any) { b.json("logs", "Logs_20140328."+action, in) }
	call("CreateLogGroup", map[string]any{"logGroupName": "/facts/api"})
	now := time.Now().Truncate(time.Second)
	for _, stream := range []string{"api/api/1", "other/x/1"} {
		call("CreateLogStream", map[string]any{"logGroupName": "/facts/api", "logStreamName": stream})
		events := []any{map[string]any{"timestamp": now.Add(-time.Hour).UnixMilli(), "message": "ERROR long ago"}}
		for i := range 4 {
			events = append(events, map[string]any{"timestamp": now.Add(time.Duration(i-10) * time.Second).UnixMilli(), "message": "WARNING:urllib3: attempt " + string(rune('1'+i)) + ": HTTPConnectionPool(host='10.0.3.219', port=5000): (connect timeout=120) password=" + plantedSecret})
		}
		call("PutLogEvents", map[string]any{"logGroupName": "/facts/api", "logStreamName": stream, "logEvents": events})
	}
	client, _ := open(t, patient)
	key := topology.Key("/facts/api", "api/")
	s := &topology.Snapshot{Version: topology.SnapshotVersion, From: now.Add(-10 * time.Minute)}
	readAt(t, client, FactLimits{}, s, want(topology.Logs, key), want(topology.Logs, "/facts/nothing"))
	all := value(t, s.Logs.Of(key))
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	p := all[0]
	if p.Count != 4 || p.More || !p.First.Equal(now.Add(-10*time.Second)) || !p.Last.Equal(now.Add(-7*time.Second)) || p.Stream != "api/api/1" || p.Group != "/facts/api" ||
		p.Address == nil || *p.Address != (topology.HostPort{Host: "10.0.3.219", Port: 5000}) || !strings.Contains(p.Sample, "attempt 4") || !strings.Contains(p.Pattern, "attempt #") {
		t.Errorf("%+v", p)
	}
	clean(t, s)
	if got := s.Logs.Of("/facts/nothing"); got.State != topology.Absent {
		t.Errorf("%+v", got)
	}
}

func TestOwnNetworkOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	n := b.network("facts-own")
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	b.query("iam", "2010-05-08", "CreateRole", "", "RoleName", "facts-role", "AssumeRolePolicyDocument", trust)
	// An archive without files.
	code := base64.StdEncoding.EncodeToString(append([]byte("PK\x05\x06"), make([]byte, 18)...))
	for name, vpc := range map[string]string{"facts-in": `,"VpcConfig":{"SubnetIds":["` + n.subnets[0] + `"],"SecurityGroupIds":["` + n.group + `"]}`, "facts-out": ""} {
		b.post("lambda", "/2015-03-31/functions", "application/json", `{"FunctionName":"`+name+`","Runtime":"python3.12","Handler":"a.b","Role":"arn:aws:iam::123456789012:role/facts-role","Code":{"ZipFile":"`+code+`"},"Environment":{"Variables":{"TOKEN":"`+plantedSecret+`"}}`+vpc+`}`)
	}
	client, _ := open(t, patient)
	in := readAt(t, client, FactLimits{Function: "facts-in"}, nil, want(topology.OwnNetwork))
	if got := value(t, in.OwnNetwork.Of("")); got.Function != "facts-in" || got.Role != "facts-role" || got.VPC == "" || !slices.Equal(got.Subnets, []string{n.subnets[0]}) || !slices.Equal(got.SecurityGroups, []string{n.group}) {
		t.Errorf("%+v", got)
	}
	clean(t, in)
	if got := readAt(t, client, FactLimits{Function: "facts-out"}, nil, want(topology.OwnNetwork)).OwnNetwork.Of(""); got.State != topology.Absent {
		t.Errorf("without a VPC: %+v", got)
	}
	if got := readAt(t, client, FactLimits{Function: "facts-none"}, nil, want(topology.OwnNetwork)).OwnNetwork.Of(""); got.State != topology.Unknown || got.Why != topology.Failed {
		t.Errorf("a function that is not there says nothing of networks: %+v", got)
	}
	if got := readAt(t, client, FactLimits{}, nil, want(topology.OwnNetwork)).OwnNetwork.Of(""); got.Why != topology.Unsupported {
		t.Errorf("%+v", got)
	}
}
