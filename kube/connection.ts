/** What a request authenticates with, and whom it trusts; PEM texts. Never logged. */
export interface Credentials {
  /** Certificates to trust; absent: those of the system. */
  readonly ca?: string;
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** How to reach an API server. */
export interface Connection {
  readonly server: URL;
  /** The namespace that this process lives in, or that the kubeconfig's context names. */
  readonly namespace: string;
  /** Name to verify the server's certificate by, where it is not the URL's host. */
  readonly serverName?: string;
  /** `insecure-skip-tls-verify` of a kubeconfig; never set in a cluster. */
  readonly skipVerify: boolean;
  /** Asked before each request; reads rotated files again. */
  credentials(): Promise<Credentials>;
}
