#!/bin/sh
# Builds an image with a real inference engine and tiny models, from packages only: npm (llama.cpp), and node with its
# libraries from this machine. No image registry is asked.
#   sh build-image.sh TAG WORK     WORK: a folder for what it builds; it can be deleted afterwards
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tag=$1
mkdir -p "$2" && cd "$2"
[ "$(uname -m)" = x86_64 ] || { echo "package.json names llama.cpp for linux-x64 alone" >&2; exit 1; }
root=$PWD/root
rm -rf root && mkdir -p root/app root/models root/usr/bin root/bin root/etc root/tmp root/proc root/sys root/dev
cp "$here/package.json" "$here/package-lock.json" "$here/server.mjs" root/app/
# Optional packages are the builds for CUDA, Vulkan and other systems: hundreds of megabytes. No install scripts are run.
(cd root/app && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error)
rm -rf root/app/node_modules/node-llama-cpp/llama/addon root/app/node_modules/node-llama-cpp/llama/gpuInfo
find root/app \( -name '*.d.ts' -o -name '*.map' -o -name '*.md' \) -delete
node "$here/make-models.mjs" root/models >/dev/null
rm -rf root/models/hf
node=$(command -v node)
cp -L "$node" root/usr/bin/node
{
  ldd "$node"
  find root/app \( -name '*.node' -o -name '*.so*' \) -exec ldd {} \;
} | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\/(lib|usr\/lib)/) print $i }' | sort -u | while read -r library; do
  mkdir -p "root$(dirname "$library")" && cp -L "$library" "root$library"
done
cp -L "$(command -v busybox)" root/bin/busybox
for applet in sh cat ls kill sleep; do ln -s busybox "root/bin/$applet"; done
echo 'app:x:10001:10001::/tmp:/bin/sh' >root/etc/passwd
echo 'app:x:10001:' >root/etc/group
chmod 1777 root/tmp
tar -C root --sort=name --owner=0 --group=0 --numeric-owner -cf - . | docker import \
  --change 'ENTRYPOINT ["/usr/bin/node","/app/server.mjs"]' --change 'USER 10001:10001' --change 'WORKDIR /app' \
  --change 'ENV HOME=/tmp NODE_ENV=production PATH=/usr/bin:/bin' --change 'EXPOSE 8080' --change 'LABEL aiwm.test=llama' - "$tag"
