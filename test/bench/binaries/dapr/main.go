// Command dapr-injector runs the injector of Dapr 1.14 with its own handler, patcher and HTTP server, and nothing
// else of Dapr beside it.
//
// Dapr's own main needs Sentry for its certificate and reads the Configuration "daprsystem" from the API server at
// each review, through a client that allows five reads a second. Both are left out in the peer's favour: the
// certificate comes from files, the reads are answered at once from memory.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"log"
	"os/signal"
	"syscall"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	typedapps "k8s.io/client-go/kubernetes/typed/apps/v1"

	configv1alpha1 "github.com/dapr/dapr/pkg/apis/configuration/v1alpha1"
	"github.com/dapr/dapr/pkg/client/clientset/versioned"
	typedconfig "github.com/dapr/dapr/pkg/client/clientset/versioned/typed/configuration/v1alpha1"
	"github.com/dapr/dapr/pkg/healthz"
	"github.com/dapr/dapr/pkg/injector/service"
	"github.com/dapr/kit/logger"
)

const trustDomain = "cluster.local"

// daprClient answers the one read of the admission path as a cluster without a "daprsystem" Configuration does.
type daprClient struct{ versioned.Interface }
type configurations struct {
	typedconfig.ConfigurationV1alpha1Interface
	typedconfig.ConfigurationInterface
}

func (daprClient) ConfigurationV1alpha1() typedconfig.ConfigurationV1alpha1Interface {
	return configurations{}
}

func (configurations) Configurations(string) typedconfig.ConfigurationInterface {
	return configurations{}
}

func (configurations) Get(name string, _ metav1.GetOptions) (*configv1alpha1.Configuration, error) {
	return nil, apierrors.NewNotFound(schema.GroupResource{Group: "dapr.io", Resource: "configurations"}, name)
}

// kubeClient answers the one read at start: the replicas of Dapr's scheduler.
type kubeClient struct{ kubernetes.Interface }
type apps struct{ typedapps.AppsV1Interface }
type statefulSets struct{ typedapps.StatefulSetInterface }

func (kubeClient) AppsV1() typedapps.AppsV1Interface            { return apps{} }
func (apps) StatefulSets(string) typedapps.StatefulSetInterface { return statefulSets{} }
func (statefulSets) Get(context.Context, string, metav1.GetOptions) (*appsv1.StatefulSet, error) {
	replicas := int32(3)
	return &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Replicas: &replicas}}, nil
}

func main() {
	port := flag.Int("port", 0, "port to serve on")
	certificate := flag.String("certificate", "", "PEM file of the serving certificate")
	key := flag.String("key", "", "PEM file of its key")
	flag.Parse()

	// A line per review would be written at the level "info"; the peer is measured without.
	options := logger.DefaultOptions()
	options.OutputLevel = "error"
	if err := logger.ApplyOptionsToLoggers(&options); err != nil {
		log.Fatal(err)
	}
	if err := service.InitMetrics(); err != nil {
		log.Fatal(err)
	}
	config := service.NewConfigWithDefaults()
	config.SidecarImage = "docker.io/daprio/daprd:1.14.0"
	config.Namespace = "dapr-system"
	config.KubeClusterDomain = trustDomain
	injector, err := service.NewInjector(service.Options{
		Port:                    *port,
		ListenAddress:           "127.0.0.1",
		Config:                  config,
		DaprClient:              daprClient{},
		KubeClient:              kubeClient{},
		ControlPlaneNamespace:   "dapr-system",
		ControlPlaneTrustDomain: trustDomain,
		Healthz:                 healthz.New(),
	})
	if err != nil {
		log.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(*certificate, *key)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	sentry := spiffeid.RequireFromString("spiffe://" + trustDomain + "/ns/dapr-system/dapr-sentry")
	anchors := func(context.Context) ([]byte, error) { return []byte("trust anchors"), nil }
	serving := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if err := injector.Run(ctx, serving, sentry, anchors); err != nil {
		log.Fatal(err)
	}
}
