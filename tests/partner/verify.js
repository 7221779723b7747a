// Reads webhooks as JSON on standard input and prints, for each library, which of them it accepts.
import { readFileSync } from "node:fs";
import * as standard from "standardwebhooks";
import * as svix from "svix";

const cases = JSON.parse(readFileSync(0, "utf8"));

function accepts(Webhook, { secret, headers, body }) {
  try {
    const event = new Webhook(secret).verify(Buffer.from(body, "base64"), headers);
    return event.specversion === "1.0";
  } catch (error) {
    if (error.name === "WebhookVerificationError" || error instanceof standard.WebhookVerificationError) return false;
    throw error;
  }
}

const libraries = { standardwebhooks: standard.Webhook, svix: svix.Webhook };
const verdicts = Object.entries(libraries).map(([name, Webhook]) => [name, cases.map((one) => accepts(Webhook, one))]);
process.stdout.write(JSON.stringify(Object.fromEntries(verdicts)));
