"""Streamed texts with every character that some library takes for the end of a line."""

from __future__ import annotations

import json

import httpx

from tests.browser.conftest import Open
from tests.server import PATIENCE, Server

SEPARATORS = "\r\n \r \n \v \f \x1c \x1d \x1e \x85 \u2028 \u2029"
TEXT = " ".join(f"w{number}{each}v" for number, each in enumerate(SEPARATORS.split(" ")))
READ_EVENTS = """(path) => new Promise((resolve, reject) => {
  const source = new EventSource(path);
  let text = "";
  source.addEventListener("text", ({ data }) => (text += JSON.parse(data).text));
  source.addEventListener("done", ({ data }) => {
    source.close();
    resolve([text, JSON.parse(data).generated_text]);
  });
  source.onerror = () => reject(new Error("The stream ended early"));
})"""
READ_FETCH = """async (body) => {
  const response = await fetch("/generate", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split(/\\r\\n|\\r|\\n|\\u0085|\\u2028|\\u2029/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: ")) text += JSON.parse(line.slice(6)).text ?? "";
    }
  }
  return text;
}"""


def test_httpx_reads_every_line_separator_in_every_stream(slow_server: Server) -> None:
    """httpx splits lines where Python's `splitlines` does."""
    messages = [{"role": "user", "content": TEXT}]
    with slow_server.client() as client:
        assert "".join(each.get("text", "") for each in data(client, "/generate", {"prompt": TEXT})) == TEXT
        chunks = data(client, "/v1/chat/completions", {"messages": messages})
        assert "".join(each["choices"][0]["delta"].get("content", "") for each in chunks) == TEXT
        with client.stream("POST", "/api/chat", json={"model": "default", "messages": messages}) as response:
            lines = [json.loads(line) for line in response.iter_lines()]
        assert "".join(line["message"]["content"] for line in lines) == TEXT


def test_a_browser_reads_every_line_separator(slow_server: Server, visit: Open) -> None:
    chat = visit(slow_server)
    body = {"prompt": TEXT, "stream": True}
    assert chat.page.evaluate(READ_FETCH, json.dumps(body)) == TEXT
    # An EventSource can only GET: it reads the same bytes from another path.
    with slow_server.client() as client:
        stream = client.post("/generate", json=body)
    headers = {"content-type": stream.headers["content-type"]}
    chat.page.route("**/recorded", lambda route: route.fulfill(body=stream.content, headers=headers))
    assert chat.page.evaluate(READ_EVENTS, "/recorded") == [TEXT, TEXT]


def data(client: httpx.Client, path: str, body: dict[str, object]) -> list[dict[str, object]]:
    """Return the data of all events."""
    with client.stream("POST", path, json=body | {"stream": True}, timeout=PATIENCE) as response:
        lines = [line.removeprefix("data: ") for line in response.iter_lines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]
