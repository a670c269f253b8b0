# `Rscript made.R` in this folder: made-up counts of three lists, and the log-linear models that R's glm fits to them.
# R packages: jsonlite. No record is real.
library(jsonlite)
inside <- expand.grid(c = 1:0, b = 1:0, a = 1:0)[1:7, 3:1]
sets <- list(c(60, 90, 60, 90, 40, 60, 40), c(12, 31, 7, 112, 22, 48, 205), c(150, 210, 18, 77, 33, 54, 9), c(5, 8, 6, 40, 9, 60, 55))
terms <- c("a:b", "a:c", "b:c"); chosen <- expand.grid(bc = 0:1, ac = 0:1, ab = 0:1)[, 3:1]
chosen <- chosen[order(rowSums(chosen)), ]
one <- function(y) lapply(seq_len(8), function(n) {
  more <- terms[chosen[n, ] == 1]
  m <- glm(as.formula(paste("y ~ a + b + c", if (length(more)) paste("+", paste(more, collapse = " + ")) else "")), poisson, cbind(inside, y = y), control = glm.control(epsilon = 1e-12, maxit = 100))
  list(depends = as.list(more), missed = exp(coef(m)[[1]]), deviance = deviance(m), df = df.residual(m))
})
write(toJSON(lapply(sets, function(y) list(counts = y, models = one(y))), digits = 12, auto_unbox = TRUE), "made.json")
