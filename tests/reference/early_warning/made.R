# `Rscript made.R` in this folder: a made-up series, and the answers of R's package surveillance 1.20.3 to it.
suppressMessages(library(surveillance)); set.seed(20)
n <- 330; t <- 1:n; mu <- exp(1.6+0.002*t+0.5*cos(2*pi*t/52)); x <- rnbinom(n, size=4, mu=mu); x[150:153] <- x[150:153]*4; x[320] <- 60; x[c(130,200)] <- NA
pop <- round(20000*exp(0.001*t+0.1*sin(t)))
d <- as.Date("2019-01-07")+7*(0:(n-1))
write.csv(data.frame(date=d,count=x,population=pop), "made_weekly.csv", row.names=FALSE, na="", quote=FALSE)
out <- function(r, name, key) { rg <- if (is.null(r@control$range)) get("now",globalenv()) else r@control$range; ex <- r@control$expected; if (is.null(ex)) ex <- rep(NA,length(rg)); write.csv(data.frame(date=key[rg],expected=as.numeric(ex),upper=format(as.numeric(upperbound(r)),digits=17,trim=TRUE),alarm=as.integer(alarms(r))), name, row.names=FALSE, na="", quote=FALSE) }
S <- sts(observed=x, epoch=d, frequency=52, population=matrix(pop)); I <- sts(observed=x, start=c(2019,2), frequency=52)
rg <- 280:n; now <- rg
for (m in c("C1","C2","C3")) out(earsC(S,list(method=m,range=60:n)), sprintf("made_ears_%s.csv",m), as.character(d))
out(farringtonFlexible(S,list(range=rg)), "made_flexible_default.csv", as.character(d))
out(farringtonFlexible(S,list(range=rg,b=4,noPeriods=10,pastWeeksNotIncluded=26,pThresholdTrend=1,thresholdMethod="muan",populationOffset=TRUE)), "made_flexible_offset_muan.csv", as.character(d))
out(farringtonFlexible(I,list(range=rg,b=4,w=2,noPeriods=5,weightsThreshold=1,alpha=.01,powertrans="1/2",thresholdMethod="delta",limit54=c(40,4))), "made_flexible_by_number.csv", 1:n)
y <- x; y[is.na(y)] <- 3
J <- sts(observed=y, start=c(2019,2), frequency=52); K <- sts(observed=y, epoch=d, frequency=52)
out(farrington(J,list(range=rg,b=4,w=3,limit54=c(40,4))), "made_first_by_number.csv", 1:n); out(farrington(K,list(range=rg,b=3,w=2,alpha=.01,powertrans="none")), "made_first_by_date.csv", as.character(d))
m <- 96; z <- rpois(m, exp(2+0.5*cos(2*pi*(1:m)/12))); z[90] <- 40; e <- seq(as.Date("2018-01-01"), by="month", length.out=m)
write.csv(data.frame(date=e,count=z), "made_monthly.csv", row.names=FALSE, quote=FALSE)
now <- 70:m; M <- sts(observed=z, epoch=e, frequency=12); out(farringtonFlexible(M,list(range=70:m,b=4,w=1,noPeriods=4,pThresholdTrend=1,thresholdMethod="nbPlugin")), "made_monthly_flexible.csv", as.character(e))
# Models of United4Surveillance, by its description: quasi-Poisson, weights by Anscombe residuals, quantiles.
ns <- asNamespace("surveillance")
model <- function(x, waves, trend, rows, changed = NULL, alpha = .05, past = 4) {
  made <- NULL
  for (now in rows) {
    i <- 1:now; d <- data.frame(cases = x[i])
    if (waves) { d$sin <- sin(2*pi*i/52); d$cos <- cos(2*pi*i/52) }
    parted <- !is.null(changed) && changed + 12 + past < now
    if (trend && parted) { d$before <- pmin(i - 1, changed); d$behind <- pmax(i - changed, 0) }
    if (trend && !parted) d$time <- i - 1
    if (parted) d$level <- as.numeric(i > changed)
    form <- as.formula(paste("cases ~", paste(c("1", names(d)[-1]), collapse = " + ")), env = environment())
    fitted <- d[seq_len(now - past - 1), , drop = FALSE]
    weights <- rep(1, nrow(fitted))
    m <- glm(form, quasipoisson(), fitted)
    w <- ns$algo.farrington.assign.weights(ns$anscombe.residuals(m, max(summary(m)$dispersion, 1)))
    m <- glm(form, quasipoisson(), fitted, weights = w)
    phi <- max(summary(m)$dispersion, 1); mean <- exp(predict(m, d[now, , drop = FALSE]))
    upper <- if (phi > 1) qnbinom(1 - alpha, mean/(phi - 1), 1/phi) else qpois(1 - alpha, mean)
    made <- rbind(made, data.frame(date = now, expected = mean, upper = upper, alarm = as.integer(x[now] > upper)))
  }
  made
}
for (name in c("mean", "trend", "harmonic", "harmonic-trend")) for (changed in list(NULL, 200)) {
  found <- model(y, grepl("harmonic", name), grepl("trend", name), 280:n, changed)
  write.csv(found, sprintf("made_glm_%s%s.csv", name, if (is.null(changed)) "" else "_changed"), row.names = FALSE, quote = FALSE)
}
write.csv(data.frame(date=1:n,count=y), "made_numbered.csv", row.names=FALSE, quote=FALSE)
