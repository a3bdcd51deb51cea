# splitledger as one static binary, without a shell. docs/operations.md says how it is run.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /splitledger ./cmd/splitledger && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /splitledger /splitledger
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV SPLITLEDGER_DATA=/data
VOLUME /data
EXPOSE 7420
ENTRYPOINT ["/splitledger"]
# Behind a proxy that has the certificate; give --tls-cert and --tls-key in its place where there is none.
CMD ["serve", "--listen", "0.0.0.0:7420", "--insecure"]
