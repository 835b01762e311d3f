package remora.images_test

import data.remora.images
import data.remora.lib.image

request(image) := {
	"kind": {"kind": "Pod"},
	"object": {"spec": {"containers": [{"name": "a", "image": image}]}},
	"parameters": {"registries": ["docker.io/", "localhost:5000/"], "digests": false},
}

digest := "docker.io/library/nginx@sha256:1111111111111111111111111111111111111111111111111111111111111111"

test_takes_a_version_of_a_listed_registry if {
	count(images.deny) == 0 with input as request("docker.io/library/nginx:1.27")
}

test_takes_a_digest if {
	count(images.deny) == 0 with input as request(digest)
}

test_takes_a_digest_beside_a_tag if {
	tagged := replace(digest, "@", ":latest@")
	count(images.deny) == 0 with input as request(tagged)
}

test_reads_the_port_of_a_registry_as_no_tag if {
	images.deny == {`spec.containers[0].image: "localhost:5000/app" has the tag latest; name a version`} with input as request("localhost:5000/app")
}

test_refuses_latest if {
	count(images.deny) == 1 with input as request("docker.io/library/nginx:latest")
	count(images.deny) == 1 with input as request("docker.io/library/nginx")
}

test_refuses_another_registry if {
	images.deny == {`spec.containers[0].image: "quay.io/a/b:1" is not from one of docker.io/, localhost:5000/`} with input as request("quay.io/a/b:1")
}

test_wants_digests_where_told if {
	strict := object.union(request("docker.io/library/nginx:1.27"), {"parameters": {"digests": true}})
	count(images.deny) == 1 with input as strict
	count(images.deny) == 0 with input as object.union(request(digest), {"parameters": {"digests": true}})
}

test_looks_at_init_containers_and_image_volumes_of_workloads if {
	template := {"spec": {
		"containers": [{"name": "a", "image": "docker.io/a:1"}],
		"initContainers": [{"name": "b", "image": "docker.io/b"}],
		"volumes": [{"name": "v", "image": {"reference": "docker.io/c"}}],
	}}
	workload := {"kind": {"kind": "Deployment"}, "object": {"spec": {"template": template}}}
	count(images.deny) == 2 with input as object.union(request(""), workload)
}

test_reads_names_as_runtimes_do if {
	names := {
		"nginx:1.27": "docker.io/library/nginx:1.27",
		"docker.io/nginx:1.27": "docker.io/library/nginx:1.27",
		"index.docker.io/nginx:1.27": "docker.io/library/nginx:1.27",
		"a/b:1": "docker.io/a/b:1",
		"docker.io/a/b:1": "docker.io/a/b:1",
		"localhost/a:1": "localhost/a:1",
		"localhost:5000/a:1": "localhost:5000/a:1",
		"quay.io/a/b:1": "quay.io/a/b:1",
		"HOST/a:1": "HOST/a:1",
	}
	every name, whole in names {
		image.resolved(name) == whole
	}
}

test_takes_a_short_name_of_a_listed_registry if {
	count(images.deny) == 0 with input as request("nginx:1.27")
}

test_is_not_deceived_by_a_path_that_looks_like_a_registry if {
	count(images.deny) == 1 with input as request("ghcr.io/docker.io/a:1")
}
