package diagnose

import "hokus.ai/tidewatch/lambda/internal/topology"

// maxRounds bounds how often wants are met. The longest way of a request has
// fewer hops than that.
const maxRounds = 20

// Rounds diagnoses, lets fetch meet what is wanted, and diagnoses again until
// nothing more is wanted. Fetch puts a fact or a failure into the snapshot for
// each want; one that it leaves open counts as beyond the budget. A fetch that
// has no time left does nothing, so the diagnosis ends with what it has. Facts
// that would prove a cause and are old are read once more, into a snapshot of
// their own.
func Rounds(in Input, fetch func(*topology.Snapshot, []topology.Want)) Output {
	if in.Facts == nil {
		in.Facts = &topology.Snapshot{Version: topology.SnapshotVersion}
	}
	out := meet(in, fetch)
	if len(out.Again) > 0 {
		readAgain(in.Facts, out.Again, fetch)
		out = meet(in, fetch) // what is so now may lead elsewhere
	}
	return out
}

// meet goes on until nothing is wanted. It concludes where the ways were walked
// to their ends, and not before.
func meet(in Input, fetch func(*topology.Snapshot, []topology.Want)) Output {
	for range maxRounds {
		x := examine(in)
		wants := wantsOf(x.all())
		if len(wants) == 0 {
			out := x.conclude()
			if wants = out.Wants; len(wants) == 0 {
				return out
			}
		}
		fetch(in.Facts, wants)
		giveUp(in.Facts, wants)
	}
	out := Diagnose(in)
	for len(out.Wants) > 0 { // ends: there are finitely many wants without new facts
		giveUp(in.Facts, out.Wants)
		out = Diagnose(in)
	}
	return out
}

func giveUp(s *topology.Snapshot, wants []topology.Want) {
	for _, want := range wants {
		if s.Status(want).Pending() {
			s.Fail(want, topology.Budget, "")
		}
	}
}
