# Images that a pod names, and how a container runtime reads their names.
package remora.lib.image

import data.remora.lib.pod

# Every image with its path within the pod: {"path": "spec.containers[0].image", "image": "nginx"}.
images contains {"path": sprintf("%s.image", [path]), "image": container.image} if {
	some {"path": path, "container": container} in pod.containers
}

images contains {"path": sprintf("spec.volumes[%d].image.reference", [at]), "image": volume.image.reference} if {
	some at, volume in pod.pod.spec.volumes
}

# The whole name, as a runtime reads it: `nginx` is docker.io/library/nginx, `a/b` is docker.io/a/b.
resolved(image) := concat("/", ["docker.io", "library", image]) if not contains(image, "/")

resolved(image) := concat("/", ["docker.io", path_on_hub(image)]) if {
	contains(image, "/")
	is_on_hub(image)
}

resolved(image) := image if {
	contains(image, "/")
	not is_on_hub(image)
}

is_on_hub(image) if not is_host(split(image, "/")[0])

is_on_hub(image) if split(image, "/")[0] in {"docker.io", "index.docker.io"}

# The first part is a host when it has a dot, a port or a capital letter, or is localhost; else all of it is a path.
is_host(part) if regex.match(`[.:A-Z]|^localhost$`, part)

path_on_hub(image) := image if not is_host(split(image, "/")[0])

path_on_hub(image) := sprintf("library/%s", [rest]) if {
	is_host(split(image, "/")[0])
	rest := substring(image, indexof(image, "/") + 1, -1)
	not contains(rest, "/")
}

path_on_hub(image) := rest if {
	is_host(split(image, "/")[0])
	rest := substring(image, indexof(image, "/") + 1, -1)
	contains(rest, "/")
}

is_from(image, registries) if {
	some registry in registries
	startswith(resolved(image), registry)
}

is_pinned(image) if regex.match(`@sha256:[0-9a-f]{64}$`, image)

# A colon before the last slash belongs to a registry's port. No tag means latest.
tag(image) := "latest" if not contains(last_part(image), ":")

tag(image) := split(last_part(image), ":")[1] if contains(last_part(image), ":")

last_part(image) := parts[count(parts) - 1] if parts := split(image, "/")
