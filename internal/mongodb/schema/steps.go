package schema

// Steps lists every migration in the order in which they run; a new one goes to the
// end, in a file of its own. What was released is neither changed nor removed: data
// of any age go through all that they have not been through.
//
// A field that is new and whose absence means its zero value needs no step.
func Steps() []Step {
	return []Step{
		singleJobs(),
		trailProof(),
		codeKeys(),
		uncountedDrafts(),
		elsewhere(),
		manyRoles(),
		noAttempts(),
		administrators(),
	}
}
