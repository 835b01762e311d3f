import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { createRequire } from 'node:module';

/** An exporter that is loaded when the first spans are sent, so that a starting program does not wait for it. */
export class LazyExporter implements SpanExporter {
  readonly #agentFile: string;
  #exporter: SpanExporter | undefined;

  /** `agentFile` is the bundle beside which `exporter.cjs` lies. */
  constructor(agentFile: string) {
    this.#agentFile = agentFile;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    if (this.#exporter === undefined) {
      const { OTLPTraceExporter } = createRequire(this.#agentFile)('./exporter.cjs') as {
        OTLPTraceExporter: new () => SpanExporter;
      };
      this.#exporter = new OTLPTraceExporter();
    }
    this.#exporter.export(spans, done);
  }

  async forceFlush(): Promise<void> {
    await this.#exporter?.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#exporter?.shutdown();
  }
}
