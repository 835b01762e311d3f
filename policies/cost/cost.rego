# METADATA
# title: Cost
# description: |
#   What a workload requests, over all of its replicas, stays within a budget a month: parameters.budget, at
#   parameters.prices for one core and one GiB a month, in any one currency. What a HorizontalPodAutoscaler adds later is
#   not known here.
# custom:
#   remora:
#     kinds: [apps/Deployment, apps/StatefulSet]
package remora.cost

deny contains message if {
	total > input.parameters.budget
	message := sprintf(
		"%d replicas request %v cores and %v GiB: %v a month, more than the budget of %v",
		[replicas, rounded(cores), rounded(gibibytes), rounded(total), input.parameters.budget],
	)
}

deny contains sprintf("spec.template.spec.containers[%d].resources.requests: %s is required to know the cost", [at, of]) if {
	some at, container in spec.containers
	some of in ["cpu", "memory"]
	not container.resources.requests[of]
	not spec.resources.requests[of]
}

# Nothing that cannot be counted may pass for nothing.
deny contains sprintf("spec.template.spec.%s.resources.requests.%s: %q cannot be read", [path, of, quantity]) if {
	some {"path": path, "container": container} in running
	some of in ["cpu", "memory"]
	quantity := container.resources.requests[of]
	not units.parse(quantity)
}

spec := input.object.spec.template.spec

replicas := object.get(input.object.spec, "replicas", 1)

# A sidecar runs beside the others; other init containers run before them, and are left out.
running contains {"path": sprintf("containers[%d]", [at]), "container": container} if {
	some at, container in spec.containers
}

running contains {"path": sprintf("initContainers[%d]", [at]), "container": container} if {
	some at, container in spec.initContainers
	container.restartPolicy == "Always"
}

cores := replicas * requested("cpu")

gibibytes := (replicas * requested("memory")) / 1073741824

total := (cores * input.parameters.prices.core) + (gibibytes * input.parameters.prices.gibibyte)

# What is requested for the pod as a whole stands for its containers. `units.parse` tells milli from mega, as Kubernetes
# does; `units.parse_bytes` does not.
requested(of) := units.parse(spec.resources.requests[of])

requested(of) := sum([units.parse(each.container.resources.requests[of]) | some each in running]) if {
	not spec.resources.requests[of]
}

rounded(number) := round(number * 100) / 100
