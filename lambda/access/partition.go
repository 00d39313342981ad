package access

import "strings"

// Partition is a part of AWS that shares neither accounts nor names with the
// others.
type Partition struct {
	Name    string // as in ARNs, such as aws-cn
	Domain  string // that names of services in a region end with
	Console string // what follows REGION. in addresses of the console; "" where that is not public
}

// partitions are all of them, by how the names of their regions begin.
var partitions = []struct {
	begin string
	Partition
}{
	{"cn-", Partition{"aws-cn", "amazonaws.com.cn", "console.amazonaws.cn"}},
	{"eusc-", Partition{"aws-eusc", "amazonaws.eu", "console.amazonaws-eusc.eu"}},
	{"us-gov-", Partition{"aws-us-gov", "amazonaws.com", "console.amazonaws-us-gov.com"}},
	{"us-iso-", Partition{"aws-iso", "c2s.ic.gov", ""}},
	{"us-isob-", Partition{"aws-iso-b", "sc2s.sgov.gov", ""}},
	{"eu-isoe-", Partition{"aws-iso-e", "cloud.adc-e.uk", ""}},
	{"us-isof-", Partition{"aws-iso-f", "csp.hci.ic.gov", ""}},
	{"", Partition{"aws", "amazonaws.com", "console.aws.amazon.com"}},
}

// PartitionOf is the partition that a region is in; that of most regions where
// the name says nothing else.
func PartitionOf(region string) Partition {
	for _, one := range partitions {
		if strings.HasPrefix(region, one.begin) {
			return one.Partition
		}
	}
	return Partition{}
}

// ConsoleURL is the address of the console of a region; "" where it has none
// that is public. No region has none.
func ConsoleURL(region string) string {
	console := PartitionOf(region).Console
	if region == "" || console == "" {
		return ""
	}
	return "https://" + region + "." + console
}

// IsNameOfAWS reports whether a host is called as AWS calls what it runs, in
// any partition.
func IsNameOfAWS(host string) bool {
	for _, one := range partitions {
		if strings.HasSuffix(host, "."+one.Domain) {
			return true
		}
	}
	return false
}

// IsNameOfBalancer reports whether a host is called as AWS calls load
// balancers: NAME.REGION.elb.DOMAIN or NAME.elb.REGION.DOMAIN.
func IsNameOfBalancer(host string) bool {
	return IsNameOfAWS(host) && strings.Contains(host, ".elb.")
}
