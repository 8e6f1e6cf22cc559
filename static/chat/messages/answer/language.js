// Which language a text is probably in, told by its script and by its most common words: enough to choose a voice.

/** @type {[string, RegExp][]} languages by their script; Japanese and Korean texts have Chinese characters, too */
const SCRIPTS = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["zh", /\p{Script=Han}/gu],
  ["ru", /\p{Script=Cyrillic}/gu],
  ["ar", /\p{Script=Arabic}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["hi", /\p{Script=Devanagari}/gu],
  ["bn", /\p{Script=Bengali}/gu],
  ["ta", /\p{Script=Tamil}/gu],
  ["th", /\p{Script=Thai}/gu],
];
/** @type {Record<string, string[]>} other languages that are written in the script of this one */
const ALIKE = { ru: ["uk", "bg", "sr", "be", "mk", "kk"], ar: ["fa", "ur"], hi: ["mr", "ne"], zh: ["yue"] };
/** @type {[string, string[]][]} */
const WORDS = [
  ["en", "the and of to is that it with for you".split(" ")],
  ["de", "der die das und ist nicht ein eine mit sie".split(" ")],
  ["fr", "le la les et est des une pour dans vous".split(" ")],
  ["es", "el los las y es que una para por con".split(" ")],
  ["it", "il gli di che è una per non sono della".split(" ")],
  ["pt", "o os as e é que uma para não com".split(" ")],
  ["nl", "de het een en is van niet met voor zijn".split(" ")],
  ["pl", "i w na się nie jest że do to jak".split(" ")],
  ["sv", "och det att som en är inte på för av".split(" ")],
];
const MAX_CHARS = 5_000; // of the text that is looked at
const MIN_SHARE = 0.15; // of the letters, to be written in a script: code and names are in Latin letters everywhere
const KANA_SHARE = 0.05; // of the letters: a Japanese text may have few
const MIN_WORDS = 0.08; // of the words, to be written in a language

/**
 * Return the language of a text as a code such as "de". Among languages that look alike, the first of the reader's.
 *
 * @param {string} text
 * @param {readonly string[]} preferred the reader's languages, such as "de-CH"
 */
export function languageOf(text, preferred) {
  const looked = text.slice(0, MAX_CHARS);
  const letters = looked.match(/\p{Letter}/gu)?.length || 1;
  const readers = preferred.map((each) => each.split("-")[0] ?? "");
  for (const [language, letter] of SCRIPTS) {
    const share = (looked.match(letter)?.length ?? 0) / letters;
    if (share < (language === "ja" ? KANA_SHARE : MIN_SHARE)) continue;
    return readers.find((each) => each === language || ALIKE[language]?.includes(each)) ?? language;
  }
  const words = looked.toLowerCase().match(/\p{Letter}+/gu) ?? [];
  let found = "";
  let most = MIN_WORDS * words.length;
  for (const [language, common] of WORDS) {
    const number = words.filter((each) => common.includes(each)).length;
    if (number > most) [found, most] = [language, number];
  }
  const isLatin = (/** @type {string} */ each) =>
    SCRIPTS.every(([language]) => language !== each && !ALIKE[language]?.includes(each));
  return found || readers.find(isLatin) || "en";
}
