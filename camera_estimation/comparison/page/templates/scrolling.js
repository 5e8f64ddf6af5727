// Tables and charts that are wider than the screen say so, until their end is reached.
for (const box of document.querySelectorAll(".scroll")) {
  const look = () => {
    box.classList.toggle("wide", box.scrollWidth > box.clientWidth + 1);
    box.classList.toggle("end", box.scrollLeft + box.clientWidth >= box.scrollWidth - 2);
  };
  box.addEventListener("scroll", look, { passive: true });
  addEventListener("resize", look);
  look();
}
