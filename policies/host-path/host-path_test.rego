package remora.host_path_test

import data.remora.host_path

request(path, mount) := {
	"kind": {"kind": "Pod"},
	"object": {"spec": {
		"volumes": [{"name": "v", "hostPath": {"path": path}}, {"name": "w", "emptyDir": {}}],
		"containers": [{"name": "a", "volumeMounts": [mount, {"name": "w", "mountPath": "/w"}]}],
	}},
	"parameters": {"allowed": ["/var/log/", "/etc/ssl"]},
}

read_only := {"name": "v", "mountPath": "/v", "readOnly": true}

writable := {"name": "v", "mountPath": "/v"}

test_refuses_a_path_of_the_node if {
	host_path.deny == {`spec.volumes[0].hostPath.path: "/var/run" is a path of the node (volume "v")`} with input as request("/var/run", read_only)
}

test_takes_what_is_allowed_and_what_is_below if {
	every path in ["/var/log", "/var/log/pods", "/etc/ssl", "/etc/ssl/certs"] {
		count(host_path.deny) == 0 with input as request(path, read_only)
	}
}

test_refuses_what_only_looks_like_it if {
	every path in ["/var/logs", "/var", "/etc/ssl/../shadow", "/etc/sslx"] {
		count(host_path.deny) == 1 with input as request(path, read_only)
	}
}

test_wants_what_is_allowed_read_only if {
	host_path.deny == {`spec.containers[0].volumeMounts[0]: "v" mounts the node's "/var/log"; write readOnly: true`} with input as request("/var/log", writable)
}

test_takes_a_pod_without_volumes if {
	count(host_path.deny) == 0 with input as {"kind": {"kind": "Pod"}, "object": {"spec": {"containers": [{"name": "a"}]}}}
}

test_looks_at_templates if {
	spec := {"jobTemplate": {"spec": {"template": {"spec": {"containers": [], "volumes": [{"name": "v", "hostPath": {"path": "/"}}]}}}}}
	count(host_path.deny) == 1 with input as {"kind": {"kind": "CronJob"}, "object": {"spec": spec}, "parameters": {"allowed": []}}
}
