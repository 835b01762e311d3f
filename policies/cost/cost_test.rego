package remora.cost_test

import data.remora.cost

request(replicas, requests) := {
	"object": {"spec": {"replicas": replicas, "template": {"spec": {
		"containers": [{"name": "a", "resources": {"requests": requests}}],
		"initContainers": [
			{"name": "early", "resources": {"requests": {"cpu": "64", "memory": "64Gi"}}},
			{"name": "proxy", "restartPolicy": "Always", "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}}},
		],
	}}}},
	"parameters": {"budget": 100, "prices": {"core": 20, "gibibyte": 2}},
}

test_takes_what_fits if {
	count(cost.deny) == 0 with input as request(2, {"cpu": "1500m", "memory": "1536Mi"})
}

test_counts_every_replica_and_sidecar if {
	cost.deny == {"3 replicas request 6 cores and 6 GiB: 132 a month, more than the budget of 100"} with input as request(3, {"cpu": "1500m", "memory": "1536Mi"})
}

test_takes_one_replica_where_none_is_said if {
	some_request := request(1, {"cpu": "1", "memory": "1Gi"})
	without := json.remove(some_request, ["object/spec/replicas"])
	count(cost.deny) == 0 with input as without
}

test_wants_requests if {
	count(cost.deny) == 2 with input as request(1, {})
}

test_reads_milli_as_milli if {
	count(cost.deny) == 0 with input as request(1, {"cpu": "100m", "memory": "1073741824000m"})
}

test_takes_requests_of_the_whole_pod if {
	spec := {"resources": {"requests": {"cpu": "8", "memory": "1Gi"}}, "containers": [{"name": "a"}]}
	whole := object.union(request(1, {}), {"object": {"spec": {"replicas": 1, "template": {"spec": spec}}}})
	cost.deny == {"1 replicas request 8 cores and 1 GiB: 162 a month, more than the budget of 100"} with input as whole
}

test_refuses_what_cannot_be_read if {
	count(cost.deny) == 1 with input as request(1, {"cpu": "1n", "memory": "1Gi"})
}
