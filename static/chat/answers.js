// The answers that are being made, whichever conversation they belong to: their text so far, where they stand, how fast
// they come. Texts grow with every frame of the server; who shows them is told once for every frame of the screen.

// `offset`: what the server counts, given back to it as it was told; null where it was not told yet.
class Answer {
  constructor(message) {
    this.id = message.id;
    this.conversation = message.conversation;
    this.text = message.text;
    this.offset = message.text ? null : 0;
    this.phase = "sent"; // then "queued", "started", "streaming"
    this.position = 0;
    this.estimate = null;
    this.promptTokens = 0;
    this.reusedTokens = 0;
    this.tokens = 0;
    this.seconds = 0;
  }

  // Takes a piece; false where something before it is missing.
  take({ offset, text, tokens, seconds }) {
    const points = Array.from(text);
    const start = offset - points.length;
    if (this.offset === null) this.text = start === 0 ? text : this.text + text;
    else if (start > this.offset) return false;
    else if (offset > this.offset) this.text += points.slice(this.offset - start).join("");
    this.offset = Math.max(offset, this.offset ?? 0);
    this.phase = "streaming";
    this.tokens = tokens;
    this.seconds = seconds;
    return true;
  }
}

// Events: "progress" with the answer as `detail`, at most once for each frame of the screen; "finished" with the whole
// message; "gone" with the id of an answer that the server does not know any more.
export class Answers extends EventTarget {
  #answers = new Map();
  #changed = new Set();

  constructor(connection) {
    super();
    this.connection = connection;
    connection.addEventListener("frame", ({ detail }) => this.#receive(detail));
  }

  get(id) {
    return this.#answers.get(id);
  }

  in(conversation) {
    return [...this.#answers.values()].find((answer) => answer.conversation === conversation);
  }

  // Follows an answer. `followed`: the server sends its pieces already, from its present end on.
  follow(message, followed = false) {
    if (this.#answers.has(message.id)) return;
    const answer = new Answer(message);
    this.#answers.set(message.id, answer);
    if (!followed && this.connection.open) this.#watch(answer, 0);
  }

  forget(id) {
    this.#answers.delete(id);
    this.#changed.delete(id);
  }

  #watch(answer, offset) {
    if (offset === 0) answer.offset = null;
    this.connection.request({ type: "watch", message: answer.id, offset }, { again: false }).catch((error) => {
      if (error.code === "connection_lost" || error.code === "session_ended") return;
      this.forget(answer.id);
      this.dispatchEvent(new CustomEvent("gone", { detail: answer }));
    });
  }

  #receive(frame) {
    if (frame.type === "hello") {
      for (const answer of this.#answers.values()) this.#watch(answer, answer.offset ?? 0);
      return;
    }
    if (frame.type === "finished") {
      this.forget(frame.message.id);
      this.dispatchEvent(new CustomEvent("finished", { detail: frame.message }));
      return;
    }
    const answer = this.#answers.get(frame.message);
    if (!answer) return;
    if (frame.type === "queued") {
      Object.assign(answer, { phase: "queued", position: frame.position, estimate: frame.estimated_seconds });
    } else if (frame.type === "started") {
      Object.assign(answer, { phase: "started", promptTokens: frame.prompt_tokens, reusedTokens: frame.reused_tokens });
    } else if (frame.type === "text") {
      if (!answer.take(frame)) return this.#watch(answer, answer.offset);
    } else return;
    if (!this.#changed.size) requestAnimationFrame(() => this.#tell());
    this.#changed.add(answer.id);
  }

  #tell() {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const id of changed) {
      const answer = this.#answers.get(id);
      if (answer) this.dispatchEvent(new CustomEvent("progress", { detail: answer }));
    }
  }
}
