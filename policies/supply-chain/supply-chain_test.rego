package remora.supply_chain_test

import data.remora.supply_chain

digest := "ghcr.io/a/b@sha256:1111111111111111111111111111111111111111111111111111111111111111"

request(image, annotations) := {
	"kind": {"kind": "Pod"},
	"object": {"metadata": {"annotations": annotations}, "spec": {"containers": [{"name": "a", "image": image}]}},
	"parameters": {"registries": ["ghcr.io/"], "annotation": "example.com/signed-by", "signers": ["release-team"]},
}

signed := {"example.com/signed-by": "release-team"}

test_takes_a_digest_with_a_signer if {
	count(supply_chain.deny) == 0 with input as request(digest, signed)
}

test_refuses_a_tag if {
	count(supply_chain.deny) == 1 with input as request("ghcr.io/a/b:1", signed)
}

test_refuses_another_registry if {
	count(supply_chain.deny) == 1 with input as request(replace(digest, "ghcr.io", "quay.io"), signed)
}

test_refuses_no_signer_and_an_unknown_one if {
	count(supply_chain.deny) == 1 with input as request(digest, {})
	count(supply_chain.deny) == 1 with input as request(digest, {"example.com/signed-by": "me"})
}

test_says_that_no_signature_is_verified if {
	some message in supply_chain.deny with input as request(digest, {})
	contains(message, "an annotation is not a signature: none is verified")
}

test_looks_at_image_volumes if {
	base := request(digest, signed)
	volume := {"name": "v", "image": {"reference": "ghcr.io/a/tool:1"}}
	with_volume := json.patch(base, [{"op": "add", "path": "object/spec/volumes", "value": [volume]}])
	count(supply_chain.deny) == 1 with input as with_volume
}
