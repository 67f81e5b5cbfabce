// Signs and checks webhooks with Stripe's own library: node stripe-signatures.mjs
// Each line of input is one question, each line of output its answer:
//   {"do":"sign","payload","secret","timestamp"} -> {"header"}      {"do":"check","payload","header","secret"} -> {"type"} or {"refused"}
import { createInterface } from 'node:readline';
import Stripe from 'stripe';

const stripe = new Stripe('sk_test_nobody');
for await (const line of createInterface({ input: process.stdin })) {
  const it = JSON.parse(line);
  let answer;
  if (it.do === 'sign') {
    answer = { header: stripe.webhooks.generateTestHeaderString({ payload: it.payload, secret: it.secret, timestamp: it.timestamp }) };
  } else {
    try {
      answer = { type: stripe.webhooks.constructEvent(it.payload, it.header, it.secret, 300).type };
    } catch (problem) {
      answer = { refused: problem.type ?? problem.message };
    }
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
