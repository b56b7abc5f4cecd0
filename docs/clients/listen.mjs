// Prints each event that is published: node listen.mjs [ENDPOINT]
import { Subscriber } from "zeromq";

const topic = new Subscriber();
topic.subscribe("frb.");
topic.connect(process.argv[2] ?? "tcp://127.0.0.1:5555");
for await (const [, json] of topic) {
  const { message_type, alert_tense, event_id, signal, dm, status } = JSON.parse(json);
  if (message_type === "event" && alert_tense !== "injection") {
    console.log(event_id, signal.snr, dm.value_pc_cm3);
  }
  if (message_type === "status" && status.state === "ended") break;
}
