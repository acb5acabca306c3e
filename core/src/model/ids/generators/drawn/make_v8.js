// Ids as the OpenTelemetry SDK for Node draws them (RandomIdGenerator), by V8's own Math.random.
// node make_v8.js > v8_ids.txt
// A line: span id, and for a root its trace id; a line "-" is a draw of somebody else's.
const id = (words) => {
  let text = '';
  for (let i = 0; i < words; i++) text += ((Math.random() * 2 ** 32) >>> 0).toString(16).padStart(8, '0');
  return text;
};
for (let i = 0; i < 400; i++) {
  if (i % 97 === 50) {
    Math.random();
    console.log('-');
  }
  console.log(i % 7 === 0 ? id(2) + ' ' + id(4) : id(2));
}
