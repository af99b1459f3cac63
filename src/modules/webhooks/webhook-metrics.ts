/** Metrics of webhook events. */
import { Counter, type Registry } from 'prom-client';

export class WebhookMetrics {
  private readonly events: Counter<'type' | 'receipt'>;
  private readonly dead: Counter<'type'>;

  constructor(registry: Registry) {
    this.events = new Counter({
      name: 'comptoir_webhook_events_total',
      help: 'Events received, by type and result.',
      labelNames: ['type', 'receipt'],
      registers: [registry],
    });
    this.dead = new Counter({
      name: 'comptoir_webhook_events_dead_total',
      help: 'Events dead-lettered, which wait for staff.',
      labelNames: ['type'],
      registers: [registry],
    });
  }

  received(type: string, receipt: string): void {
    this.events.inc({ type, receipt });
  }

  deadLettered(type: string): void {
    this.dead.inc({ type });
  }
}
