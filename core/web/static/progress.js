// Asks how far a job is; a web process that is being started anew is asked again.
(() => {
  const place = document.querySelector("[data-progress]");
  if (!place) return;
  const bar = place.querySelector("progress");
  const steps = [...place.querySelectorAll("li")];
  const show = (done) => {
    bar.value = done;
    steps.forEach((step, number) => { step.className = number < done ? "done" : number === done ? "now" : ""; });
  };
  const ask = async () => {
    try {
      const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) {
        const job = await answer.json();
        if (!["waiting", "running"].includes(job.state)) { location.reload(); return; }
        if ("measured" in place.dataset && job.total) bar.max = job.total;
        show(job.done);
      }
    } catch { /* the server is between two generations */ }
    setTimeout(ask, 1000);
  };
  setTimeout(ask, 500);
})();
