#!/bin/sh
# Makes .env from deploy/example.env, with fresh secrets; never touches one that exists.
#   sh deploy/make-env.sh [FILE]
set -eu

file=${1:-.env}
example=$(dirname "$0")/example.env

# Random bytes, as the letters of base64 that need no escape in a URL.
random() {
  head -c "$1" /dev/urandom | base64 | tr '+/' '-_'
}

password=$(random 24)
token=hf_$(random 33)
# Plain base64, as the encryption keys are written.
key=$(head -c 32 /dev/urandom | base64)

# Nobody else may read it, and noclobber makes the shell itself refuse to replace a file.
umask 077
set -C
sed -e "s|^POSTGRES_PASSWORD=\$|&$password|" \
  -e "s|^HOLDFAST_PLATFORM_TOKEN=\$|&$token|" \
  -e "s|^HOLDFAST_ENCRYPTION_KEYS=\$|&key1:$key|" "$example" > "$file"
echo "Made $file"
