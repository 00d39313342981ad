package awsapi

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

// answer is a fault that answers with a text of its own.
func answer(body string) mototest.Fault {
	return func(_ string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprint(w, body)
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	client, _ := open(t, patient)
	raw := ecs.NewFromConfig(behind(t))
	if _, err := raw.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("main")}); err != nil {
		t.Fatal(err)
	}
	_, err := raw.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{Family: aws.String("api"),
		ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("api"), Image: aws.String("api"), Memory: aws.Int32(128)}}})
	if err != nil {
		t.Fatal(err)
	}
	made, err := raw.CreateService(t.Context(), &ecs.CreateServiceInput{Cluster: aws.String("main"), ServiceName: aws.String("api"), TaskDefinition: aws.String("api"), DesiredCount: aws.Int32(2)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := client.Service(t.Context(), "main", "api")
	if err != nil {
		t.Fatal(err)
	}
	want := made.Service.Deployments[0]
	d, ok := s.Deployment(*want.Id)
	if !ok || s.Status != "ACTIVE" || d.Status != "PRIMARY" || d.Rollout != "IN_PROGRESS" || d.Desired != 2 || time.Since(d.Created).Abs() > time.Minute {
		t.Errorf("service %+v, deployment %+v", s, want)
	}
	if _, ok := s.Deployment("ecs-svc/0"); ok {
		t.Error("a deployment was found that is not there")
	}
	_, err = client.Service(t.Context(), "main", "nothing")
	sentence(t, err, "asking ECS about the service nothing of the cluster main: there is no such service (MISSING)")
	_, err = client.Service(t.Context(), "nowhere", "api")
	sentence(t, err, "the cluster nowhere: it does not exist in us-east-1 (ClusterNotFoundException")
}

func TestFailedRollout(t *testing.T) {
	t.Parallel()
	client, door := open(t, patient)
	door.Set(answer(`{"failures":[],"services":[{"serviceName":"api","status":"ACTIVE","deployments":[
		{"id":"ecs-svc/2","status":"PRIMARY","rolloutState":"FAILED","rolloutStateReason":"ECS deployment circuit breaker: tasks failed to start.",
		"createdAt":1764000000.25,"updatedAt":1764000600,"desiredCount":2,"runningCount":0,"pendingCount":1,"failedTasks":3},
		{"id":"ecs-svc/1","status":"ACTIVE"}]}]}`))
	s, err := client.Service(t.Context(), "arn:aws:ecs:us-east-1:123456789012:cluster/main", "api")
	if err != nil || len(s.Deployments) != 2 {
		t.Fatalf("%+v, error %v", s, err)
	}
	want := Deployment{ID: "ecs-svc/2", Status: "PRIMARY", Rollout: "FAILED", Reason: "ECS deployment circuit breaker: tasks failed to start.",
		Created: time.Unix(1764000000, 250e6).UTC(), Updated: time.Unix(1764000600, 0).UTC(), Desired: 2, Pending: 1, Failed: 3}
	if s.Deployments[0] != want {
		t.Errorf("%+v", s.Deployments[0])
	}
	door.Set(mototest.Refuse(400, "AccessDeniedException", "no"))
	_, err = client.Service(t.Context(), "main", "api")
	sentence(t, err, "its policy needs ecs:DescribeServices")
}
