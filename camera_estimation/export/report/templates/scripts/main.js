// The page is put together; what is heavy comes when it is looked at.
showHead();
showTable();
showSummary();
showScene();
showHelp();
if (samples.length) select(Math.min(samples.length, Math.max(1, Number(location.hash.slice(1)) || 1)) - 1);
else find("#detail").remove();
