module remora.dev/sidecars/telemetry/copy

go 1.26
