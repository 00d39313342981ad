package pipeline

import (
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// lifeConfig has an endpoint that will fail, and one that runs on a service.
const lifeConfig = `
environment: life
aws: {region: us-east-1, clusters: [prod]}
deployments: all
summary: {every: day, at: "08:00", timezone: UTC}
endpoints:
  - {name: api, group: web, url: "%[1]s/api", severity: critical, conditions: ["[STATUS] == 200"]}
  - {name: shop, group: web, url: "%[1]s/shop", runs-on: {service: shop}, conditions: ["[STATUS] == 200"]}
`

// scene is one event of a life, and how the endpoint behaves at that time.
type scene struct {
	at    time.Duration // since midnight
	how   string
	event trigger.Event
}

// life is a scripted life of the endpoint, over which everything is told that
// people are told: opened, reminded, another cause, resolved, the daily
// summary, reopened, resolved, a deployment.
func life() []scene {
	const id = "ecs-svc/0123456789"
	deployment := func(name string) trigger.Event {
		return trigger.Event{
			Kind: trigger.Deployment, ID: name, Name: name, DeploymentID: id, Service: trigger.Service{Cluster: "prod", Name: "shop"},
		}
	}
	var scenes []scene
	ticks := func(how string, minutes ...int) {
		for _, m := range minutes {
			scenes = append(scenes, scene{at: time.Duration(m) * time.Minute, how: how, event: trigger.Event{Kind: trigger.Tick}})
		}
	}
	news := func(minute int, e trigger.Event) {
		scenes = append(scenes, scene{time.Duration(minute) * time.Minute, good, e})
	}
	const seven, eight = 7 * 60, 8 * 60
	ticks(good, seven, seven+1)
	ticks(broken, seven+2, seven+3, seven+4, seven+12, seven+20, seven+28, seven+35, seven+36)
	ticks(cut, seven+37, seven+38, seven+43, seven+44)
	ticks(good, seven+45, seven+46, seven+47, seven+51)
	ticks(good, eight+1)
	ticks(broken, eight+10, eight+11)
	ticks(good, eight+12, eight+13, eight+14, eight+17)
	news(eight+20, deployment("SERVICE_DEPLOYMENT_IN_PROGRESS"))
	news(eight+21, deployment("SERVICE_DEPLOYMENT_COMPLETED"))
	ticks(good, eight+22, eight+23, eight+24, eight+25, eight+26, eight+27)
	return scenes
}

// told is what people hear of that life, in this order.
var told = []string{
	"opened INC-0101-1", "reminder INC-0101-1", "cause-changed INC-0101-1", "resolved INC-0101-1",
	"summary", "reopened INC-0101-1", "resolved INC-0101-1", "deployment",
}

// sleepUntil lets the time of the bubble pass.
func sleepUntil(t testing.TB, at time.Duration) {
	t.Helper()
	midnight := time.Now().UTC().Truncate(24 * time.Hour)
	time.Sleep(time.Until(midnight.Add(at)))
}
