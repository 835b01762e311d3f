package remora.resources_test

import data.remora.resources

complete := {
	"name": "a",
	"resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
	"readinessProbe": {"tcpSocket": {"port": 80}},
}

request(spec) := {"kind": {"kind": "Pod"}, "object": {"spec": spec}, "parameters": {"probes": true}}

test_takes_what_is_complete if {
	count(resources.deny) == 0 with input as request({"containers": [complete]})
}

test_names_each_thing_that_is_missing if {
	resources.deny == {
		"spec.containers[0].resources.requests.cpu: is required",
		"spec.containers[0].resources.requests.memory: is required",
		"spec.containers[0].resources.limits.memory: is required",
		"spec.containers[0].readinessProbe: is required",
	} with input as request({"containers": [{"name": "a"}]})
}

test_takes_resources_of_the_whole_pod if {
	whole := {"resources": complete.resources, "containers": [object.remove(complete, ["resources"])]}
	count(resources.deny) == 0 with input as request(whole)
}

test_wants_no_probe_of_a_job if {
	job := {"restartPolicy": "Never", "containers": [object.remove(complete, ["readinessProbe"])]}
	count(resources.deny) == 0 with input as request(job)
}

test_wants_no_probe_where_told if {
	bare := request({"containers": [object.remove(complete, ["readinessProbe"])]})
	count(resources.deny) == 1 with input as bare
	count(resources.deny) == 0 with input as object.union(bare, {"parameters": {"probes": false}})
}

test_lets_a_debugging_container_be if {
	debugged := {"containers": [complete], "ephemeralContainers": [{"name": "debug"}]}
	count(resources.deny) == 0 with input as request(debugged)
}
