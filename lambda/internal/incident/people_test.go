package incident

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// openState has one open and one resolved incident.
func openState() State {
	return State{Version: Version, Incidents: []*Incident{
		{ID: "INC-0302-1", Key: "a", State: Resolved, Resolved: night},
		{ID: "INC-0302-2", Key: "b", State: Open},
	}}
}

func TestAcknowledge(t *testing.T) {
	before := openState()
	after, err := before.Acknowledge("inc-0302-2", "maria", night)
	if err != nil {
		t.Fatal(err)
	}
	if i := after.Incidents[1]; !i.Acked.Equal(night) || i.AckedBy != "maria" || !slices.Equal(after.Unrecorded, []string{i.ID}) {
		t.Errorf("%+v, to be recorded: %v", i, after.Unrecorded)
	}
	if !before.Incidents[1].Acked.IsZero() {
		t.Error("the state that was given has changed")
	}
}

func TestSnooze(t *testing.T) {
	after, err := openState().Snooze("INC-0302-2", time.Hour, night)
	if err != nil {
		t.Fatal(err)
	}
	if i := after.Incidents[1]; !i.Snoozed.Equal(night.Add(time.Hour)) || !slices.Equal(after.Unrecorded, []string{i.ID}) {
		t.Errorf("until %s, to be recorded: %v", i.Snoozed, after.Unrecorded)
	}
}

func TestPeopleAreToldWhatIsWrong(t *testing.T) {
	ack := func(s State, id string) error { _, err := s.Acknowledge(id, "", night); return err }
	snooze := func(id string, d time.Duration) error { _, err := openState().Snooze(id, d, night); return err }
	for _, test := range []struct {
		err  error
		want string
	}{
		{ack(openState(), "INC-9"), `there is no incident "INC-9"; open are INC-0302-2`},
		{ack(State{}, "INC-9"), `there is no incident "INC-9"; none is open`},
		{ack(openState(), "INC-0302-1"), "incident INC-0302-1 is resolved; there is nothing to acknowledge"},
		{snooze("INC-0302-1", time.Hour), "incident INC-0302-1 is resolved; there is nothing to snooze"},
		{snooze("INC-9", time.Hour), `there is no incident "INC-9"; open are INC-0302-2`},
		{snooze("INC-0302-2", 0), "can not be snoozed for 0s; expected more than 0 and at most 168h0m0s"},
		{snooze("INC-0302-2", 169*time.Hour), "can not be snoozed for 169h0m0s"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%v, want %s", test.err, test.want)
		}
	}
}

func TestActiveIncidents(t *testing.T) {
	if n := len(openState().Active()); n != 1 {
		t.Errorf("%d open", n)
	}
}
