/* How results of a search are ordered: chapters before the reference, the words of the index first. */
var Scorer = {
  score: (result) => {
    const [docname, , , , score, , kind] = result;
    if (docname.startsWith("appendix/api")) return score - 100;
    if (docname.startsWith("appendix/")) return kind === "index" ? score - 30 : score - 10;
    return kind === "index" ? score + 20 : score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
