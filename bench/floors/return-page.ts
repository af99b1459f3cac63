/** The floor of the return page: one join by the session, and the same fields as `orderBySession` is asked for. */
import type { FastifyInstance } from 'fastify';
import { pool, prepared } from './database.js';

const euros = new Intl.NumberFormat('fr-FR', { style: 'currency', currency: 'EUR' });

const readOrder = prepared(
  'read order',
  `select o.id, o.number, o.status, o.checkout_session_id as "checkoutSessionId", o.created_at as "createdAt",
     o.expires_at as "expiresAt", o.paid_at as "paidAt", o.refund_status as "refundStatus",
     o.total_minor::int as "totalMinor", o.currency,
     json_build_object('firstName', o.customer_first_name, 'lastName', o.customer_last_name, 'email', o.customer_email,
       'city', o.customer_city, 'postalCode', o.customer_postal_code, 'country', o.customer_country) as customer,
     json_agg(json_build_object('id', l.id, 'name', l.name, 'quantity', l.quantity,
       'unitPrice', json_build_object('amount', l.unit_price_minor),
       'amount', json_build_object('amount', l.amount_minor)) order by l.position) as lines
   from orders o join order_lines l on l.order_id = o.id where o.checkout_session_id = $1 group by o.id`,
);

export function addReturnPageRoute(app: FastifyInstance): void {
  app.get<{ Params: { sessionId: string } }>('/orders/:sessionId', async ({ params }, reply) => {
    const [order] = (await readOrder(pool, [params.sessionId])).rows;
    if (order === undefined) return reply.code(404).send();
    const { totalMinor, currency, ...others } = order;
    const formatted = euros.format((totalMinor as number) / 100);
    return { ...others, total: { amount: totalMinor, currency, formatted } };
  });
}
