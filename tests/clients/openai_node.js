// Runs one check: node openai_node.js NAME BASE_URL MODEL
import assert from "node:assert/strict";
import OpenAI from "openai";

const [name, baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0, timeout: 60_000 });
const messages = [{ role: "user", content: "What is machine learning?" }];
const chat = (more, options) => client.chat.completions.create({ model, messages, temperature: 0, ...more }, options);

/** Starts an answer that takes about `words` / 20 seconds, at a server that serves one request at a time. */
const start = async (words) => {
  const content = `slowly ${"word ".repeat(words)}`;
  const stream = await chat({ stream: true, messages: [{ role: "user", content }] });
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  await assert.rejects(chat(), OpenAI.RateLimitError);
  return { stream, chunks };
};

const checks = {
  async chat() {
    const answer = await chat();
    assert.ok(answer.choices[0].message.content);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.ok(answer.usage.total_tokens > 0);
  },

  async stream() {
    let text = "";
    let usage;
    for await (const chunk of await chat({ stream: true, stream_options: { include_usage: true } })) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    assert.equal(text, (await chat()).choices[0].message.content);
    assert.ok(usage.completion_tokens > 5);
    const collected = client.chat.completions.stream({ model, messages, temperature: 0 });
    assert.equal((await collected.finalMessage()).content, text);
  },

  async "structured output"() {
    const schema = {
      type: "object",
      properties: { age: { type: "integer" } },
      required: ["age"],
      additionalProperties: false,
    };
    const json_schema = { name: "person", strict: true, schema };
    const answer = await chat({ response_format: { type: "json_schema", json_schema }, max_tokens: 100 });
    assert.ok(Number.isInteger(JSON.parse(answer.choices[0].message.content).age));
  },

  async models() {
    const models = [];
    for await (const each of client.models.list()) models.push(each.id);
    assert.deepEqual(models, [model]);
    assert.equal((await client.models.retrieve(model)).id, model);
  },

  async errors() {
    await assert.rejects(chat({ temperature: 3 }), { constructor: OpenAI.BadRequestError, param: "temperature" });
    await assert.rejects(client.models.retrieve("nonsense"), OpenAI.NotFoundError);
  },

  async abort() {
    const { stream } = await start(2000);
    stream.controller.abort();
    // The answer would take more than a minute: that a second one is accepted shows that the first has ended.
    const answer = await chat({}, { maxRetries: 5 });
    assert.equal(answer.choices[0].message.content, messages[0].content);
  },

  async retries() {
    const { chunks } = await start(40);
    const answer = await chat({}, { maxRetries: 9 });
    assert.equal(answer.choices[0].message.content, messages[0].content);
    await chunks.return();
  },
};

await checks[name]();
