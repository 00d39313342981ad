package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtBalancer finds the load balancer: the one that the name leads to, else
// the one that the configuration names. Where nothing answered a connection it
// also asks whether the load balancer can be reached at all.
func lookAtBalancer(w *walk) (Verdict, string) {
	wanted := w.symptom.Endpoint.RunsOn.Balancer
	if wanted == "" && w.route.name == "" {
		w.regret()
		return NotApplicable, ""
	}
	all, ok := get(w, w.facts.LoadBalancers, topology.LoadBalancers, "").Get()
	if !ok {
		return Unclear, w.route.name
	}
	w.route.balancer = balancerOf(all, w.route.name, wanted)
	lb := w.route.balancer
	if lb == nil {
		return Unclear, w.route.name
	}
	if w.waited() {
		attributes := get(w, w.facts.LoadBalancerSettings, topology.LoadBalancerSettings, lb.ARN)
		w.route.idle = attributes.Value.IdleTimeout
		if !attributes.Pending() {
			w.slowly()
		}
	}
	if w.symptom.Class == result.TCPTimeout || w.symptom.Class == result.TCPUnreachable {
		return lookAtReach(w), lb.Name
	}
	return OK, lb.Name
}

// balancerOf prefers what the name really leads to over what the configuration says.
func balancerOf(all []topology.LoadBalancer, name, wanted string) *topology.LoadBalancer {
	if lb, found := topology.BalancerByName(all, name); found && name != "" {
		return &lb
	}
	for _, lb := range all {
		if wanted != "" && lb.Name == wanted && !access.IsNameOfBalancer(name) {
			return &lb
		}
	}
	return nil
}

// waited reports whether the load balancer's own limits have a part in what was seen.
func (w *walk) waited() bool {
	return w.symptom.Class == result.HTTPTimeout || w.symptom.Answer.Status == 504
}

// lookAtListener finds the listener of the endpoint's port.
func lookAtListener(w *walk) (Verdict, string) {
	lb := w.route.balancer
	if lb == nil {
		return NotApplicable, ""
	}
	fact := get(w, w.facts.Listeners, topology.Listeners, lb.ARN)
	if fact.State == topology.Unknown {
		return Unclear, lb.Name
	}
	l, found := topology.ListenerOn(fact.Value, w.symptom.Endpoint.Port)
	if !found && slices.ContainsFunc(fact.Value, func(l topology.Listener) bool { return l.Port == 0 }) {
		return Unclear, lb.Name
	}
	if !found {
		w.broken(noListener(w, fact.Value, fact.Status))
		return Broken, lb.Name
	}
	w.route.listener = &l
	if w.symptom.Class == result.TLSNotTLS && l.Protocol == "HTTP" {
		w.broken(plainListener(w, l, fact.Status))
		return Broken, rootOf(*lb, l)
	}
	if w.symptom.Class.Layer() == "tcp" {
		w.clear(LBNoListener, told(fact.Status, rootOf(*lb, l)+" is there"))
	}
	return OK, rootOf(*lb, l)
}

// noListener is D05. Whether the connection is refused or not answered depends
// on the security group, so both are foreseen.
func noListener(w *walk, all []topology.Listener, read topology.Status) candidate {
	lb, port := w.route.balancer, w.symptom.Endpoint.Port
	has := "has no listener at all"
	if len(all) > 0 {
		var names []string
		for _, l := range all {
			names = append(names, fmt.Sprintf("%d (%s)", l.Port, l.Protocol))
		}
		has = "listens on " + listed(names) + " only"
	}
	c := candidate{
		code: LBNoListener, root: fmt.Sprintf("%s:%d", lb.Name, port),
		predicts: []prediction{{classes: []result.Class{result.TCPRefused, result.TCPTimeout, result.TCPReset}}},
		say: func([]string) string {
			return fmt.Sprintf("%s %s, so nothing answers on port %d", lb.Name, has, port)
		},
		evidence: []Evidence{
			told(read, fmt.Sprintf("%s %s", lb.Name, has)),
			w.probed(fmt.Sprintf("%s:%d: %s", w.symptom.Endpoint.Host, port, saw(w))),
		},
		verify: []string{fmt.Sprintf("aws elbv2 describe-listeners --load-balancer-arn %s --query 'Listeners[].[Port,Protocol]' --region %s", lb.ARN, w.facts.Region)},
	}
	c.actions = []Action{addListener(w, c.key())}
	return c
}

func addListener(w *walk, key string) Action {
	e, lb := w.symptom.Endpoint, w.route.balancer
	a := Action{Priority: "P0", Mutates: true, Risk: "reversible", Owner: e.Owner, DoneWhen: fmt.Sprintf("%s has a listener on port %d", lb.Name, e.Port), Done: Test{FindingGone, key}}
	protocol, certificate := strings.ToUpper(e.Scheme), ""
	if e.Scheme != "http" {
		protocol, certificate = "HTTPS", " --certificates CertificateArn=ARN_OF_A_CERTIFICATE_FOR_"+e.Host
	}
	if lb.Type == "network" {
		protocol, certificate = "TCP", ""
	}
	a.Do = fmt.Sprintf("add a listener %s:%d to %s", protocol, e.Port, lb.Name)
	if certificate != "" {
		a.Do += " with a certificate for " + e.Host
	}
	a.Command = fmt.Sprintf("aws elbv2 create-listener --load-balancer-arn %s --protocol %s --port %d%s --default-actions Type=forward,TargetGroupArn=TARGET_GROUP_ARN --region %s", lb.ARN, protocol, e.Port, certificate, w.facts.Region)
	return a
}

// plainListener is D05 where the port is there but speaks HTTP to a client of HTTPS.
func plainListener(w *walk, l topology.Listener, read topology.Status) candidate {
	root := rootOf(*w.route.balancer, l)
	c := candidate{
		code: LBNoListener, root: root,
		predicts: []prediction{{classes: []result.Class{result.TLSNotTLS}}},
		say: func([]string) string {
			return fmt.Sprintf("%s is a listener of plain HTTP, so %s cannot be asked by HTTPS", root, w.symptom.Endpoint.Host)
		},
		evidence: []Evidence{told(read, root+" has the protocol HTTP"), w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Host, saw(w)))},
		verify:   []string{fmt.Sprintf("aws elbv2 describe-listeners --listener-arns %s --query 'Listeners[].[Port,Protocol]' --region %s", l.ARN, w.facts.Region)},
	}
	c.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("make %s an HTTPS listener with a certificate for %s", root, w.symptom.Endpoint.Host), Mutates: true, Risk: "clients of plain HTTP on this port stop working",
		Command:  fmt.Sprintf("aws elbv2 modify-listener --listener-arn %s --protocol HTTPS --certificates CertificateArn=ARN_OF_A_CERTIFICATE_FOR_%s --region %s", l.ARN, w.symptom.Endpoint.Host, w.facts.Region),
		DoneWhen: root + " speaks TLS", Done: Test{FindingGone, c.key()},
	}}
	return c
}
