const HEAD = 65_536; // bytes that are looked at
// What the beginning of an export has. The server decides what a file is; this only tells it from a file to ask about.
const MARKS = [
  [/^PK\W/],
  [/^\s*\{\s*"format"\s*:\s*"bitnet-chat"/],
  [/^\s*[[{]/, /"mapping"\s*:\s*\{/, /"(?:current_node|conversation_id|create_time)"\s*:/],
  [/^\s*[[{]/, /"history"\s*:\s*\{/, /"(?:currentId|parentId)"\s*:/],
  [/^\s*\{/, /"conversationId"\s*:/, /"(?:messages|messagesTree)"\s*:\s*\[/],
];

/**
 * Return whether a file looks like an export of chats.
 *
 * @param {File} file
 */
export async function holdsChats(file) {
  if (!/\.(json|zip)$/i.test(file.name)) return false;
  let head;
  try {
    head = await file.slice(0, HEAD).text();
  } catch {
    return false;
  }
  return MARKS.some((marks) => marks.every((mark) => mark.test(head)));
}
