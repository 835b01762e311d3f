package remora.resources_test

import data.remora.resources

complete := {
	"name": "a",
	"resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
}

request(spec) := {
	"kind": {"kind": "Pod"},
	"object": {"spec": spec},
	"parameters": {"requests": ["cpu", "memory"], "limits": ["memory"]},
}

test_takes_what_is_complete if {
	count(resources.deny) == 0 with input as request({"containers": [complete]})
}

test_names_each_thing_that_is_missing if {
	resources.deny == {
		"spec.containers[0].resources.requests.cpu: is required",
		"spec.containers[0].resources.requests.memory: is required",
		"spec.containers[0].resources.limits.memory: is required",
	} with input as request({"containers": [{"name": "a"}]})
}

test_looks_at_init_containers if {
	count(resources.deny) == 3 with input as request({"containers": [complete], "initContainers": [{"name": "i"}]})
}

test_takes_resources_of_the_whole_pod if {
	whole := {"resources": complete.resources, "containers": [object.remove(complete, ["resources"])]}
	count(resources.deny) == 0 with input as request(whole)
}

test_wants_only_what_it_is_told if {
	bare := object.union(request({"containers": [{"name": "a"}]}), {"parameters": {"requests": ["cpu"], "limits": []}})
	resources.deny == {"spec.containers[0].resources.requests.cpu: is required"} with input as bare
}

test_lets_a_debugging_container_be if {
	debugged := {"containers": [complete], "ephemeralContainers": [{"name": "debug"}]}
	count(resources.deny) == 0 with input as request(debugged)
}
