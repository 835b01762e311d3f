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
