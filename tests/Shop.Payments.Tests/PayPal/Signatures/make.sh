#!/bin/sh
# Makes certificates and signatures with openssl, so that the tests judge the shop by what it did not make itself. Keys are made anew
# each time and thrown away, so everything here changes when it is run. A body is NAME.json; its signature by the certificate of WHO for the
# webhook below, sent at the time below, goes to NAME.WHO.sig. The checksum is taken from gzip's trailer.
set -eu
cd "$(dirname "$0")"
transmission=69cd13f0-d67a-11e5-baa3-778b53f4ae55
time=2026-03-01T12:00:00Z
webhook=1JE4291016473214C
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
rm -f ./*.pem ./*.sig

authority() { # name subject: a root of its own
    mkdir -p "$keys/$1.d"
    : > "$keys/$1.d/index.txt"
    echo 1000 > "$keys/$1.d/serial"
    cat > "$keys/$1.cnf" <<EOF
[ca]
default_ca = this
[this]
dir = $keys/$1.d
database = $keys/$1.d/index.txt
serial = $keys/$1.d/serial
new_certs_dir = $keys/$1.d
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[inner]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[leaf]
basicConstraints = CA:false
keyUsage = critical,digitalSignature
EOF
    openssl req -newkey rsa:2048 -nodes -keyout "$keys/$1.key" -out "$keys/$1.csr" -subj "/CN=$2" 2>/dev/null
    openssl ca -batch -notext -selfsign -config "$keys/$1.cnf" -keyfile "$keys/$1.key" -in "$keys/$1.csr" -out "$keys/$1.crt" \
        -startdate 20200101000000Z -enddate 20500101000000Z -extensions inner 2>/dev/null
}
issue() { # authority name subject from until extensions
    openssl req -newkey rsa:2048 -nodes -keyout "$keys/$2.key" -out "$keys/$2.csr" -subj "/CN=$3" 2>/dev/null
    openssl ca -batch -notext -config "$keys/$1.cnf" -keyfile "$keys/$1.key" -cert "$keys/$1.crt" -in "$keys/$2.csr" -out "$keys/$2.crt" \
        -startdate "$4" -enddate "$5" -extensions "$6" 2>/dev/null
}
authority root "Root of the tests"
issue root inner "Inner authority of the tests" 20200101000000Z 20400101000000Z inner
cp "$keys/root.cnf" "$keys/inner.cnf"
issue inner paypal "messageverificationcerts.tests" 20260101000000Z 20270101000000Z leaf
issue inner expired "messageverificationcerts.tests" 20240101000000Z 20250101000000Z leaf
authority stranger-root "Root of somebody else"
issue stranger-root stranger "messageverificationcerts.tests" 20260101000000Z 20270101000000Z leaf
cp "$keys/root.crt" root.pem
cat "$keys/paypal.crt" "$keys/inner.crt" > paypal.pem
cat "$keys/expired.crt" "$keys/inner.crt" > expired.pem
cat "$keys/stranger.crt" "$keys/stranger-root.crt" > stranger.pem

sign() { # body who webhook name
    checksum=$(gzip -c < "$1.json" | tail -c 8 | od -An -N4 -tu4 | tr -d ' ')
    printf '%s|%s|%s|%s' "$transmission" "$time" "$3" "$checksum" | openssl dgst -sha256 -sign "$keys/$2.key" | openssl base64 -A > "$4.sig"
}
for body in *.json; do
    sign "${body%.json}" paypal "$webhook" "${body%.json}.paypal"
done
sign captured expired "$webhook" captured.expired
sign captured stranger "$webhook" captured.stranger
sign captured paypal 2JE4291016473214D captured.other-webhook
