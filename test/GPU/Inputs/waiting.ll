; Kernels of one block whose threads wait for each other, some of them wrongly. Each takes 64 floats and gives as many.
target triple = "nvptx64-nvidia-cuda"

@words = internal addrspace(3) global [64 x float] undef, align 16

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare void @llvm.nvvm.barrier0()
declare float @llvm.nvvm.shfl.sync.down.f32(i32, float, i32, i32)
declare i32 @llvm.nvvm.shfl.sync.bfly.i32(i32, i32, i32, i32)
declare void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3), ptr addrspace(1))
declare void @llvm.nvvm.cp.async.ca.shared.global.4.s(ptr addrspace(3), ptr addrspace(1), i32)
declare void @llvm.nvvm.cp.async.commit.group()
declare void @llvm.nvvm.cp.async.wait.group(i32 immarg)

; Turns the order round.
define ptx_kernel void @reversed(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %from = getelementptr float, ptr %in, i32 %thread
  %value = load float, ptr %from
  %place = getelementptr float, ptr addrspace(3) @words, i32 %thread
  store float %value, ptr addrspace(3) %place
  call void @llvm.nvvm.barrier0()
  %other = sub i32 63, %thread
  %its = getelementptr float, ptr addrspace(3) @words, i32 %other
  %read = load float, ptr addrspace(3) %its
  %to = getelementptr float, ptr %out, i32 %thread
  store float %read, ptr %to
  ret void
}

; The same without the barrier.
define ptx_kernel void @unguarded(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %from = getelementptr float, ptr %in, i32 %thread
  %value = load float, ptr %from
  %place = getelementptr float, ptr addrspace(3) @words, i32 %thread
  store float %value, ptr addrspace(3) %place
  %other = sub i32 63, %thread
  %its = getelementptr float, ptr addrspace(3) @words, i32 %other
  %read = load float, ptr addrspace(3) %its
  %to = getelementptr float, ptr %out, i32 %thread
  store float %read, ptr %to
  ret void
}

; Reads what another thread then overwrites.
define ptx_kernel void @overwritten(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %place = getelementptr float, ptr addrspace(3) @words, i32 %thread
  store float 1.0, ptr addrspace(3) %place
  call void @llvm.nvvm.barrier0()
  %other = xor i32 %thread, 1
  %its = getelementptr float, ptr addrspace(3) @words, i32 %other
  %read = load float, ptr addrspace(3) %its
  store float 2.0, ptr addrspace(3) %place
  %to = getelementptr float, ptr %out, i32 %thread
  store float %read, ptr %to
  ret void
}

; Nobody has written what is read.
define ptx_kernel void @unwritten(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %place = getelementptr float, ptr addrspace(3) @words, i32 %thread
  %read = load float, ptr addrspace(3) %place
  %to = getelementptr float, ptr %out, i32 %thread
  store float %read, ptr %to
  ret void
}

; The last thread writes behind the end.
define ptx_kernel void @outside(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %next = add i32 %thread, 1
  %place = getelementptr float, ptr addrspace(3) @words, i32 %next
  store float 1.0, ptr addrspace(3) %place
  ret void
}

; Half of the threads go to a barrier.
define ptx_kernel void @half(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %thread, 32
  br i1 %low, label %wait, label %done
wait:
  call void @llvm.nvvm.barrier0()
  br label %done
done:
  ret void
}

; The sum of each warp, in its first lane.
define ptx_kernel void @sums(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %from = getelementptr float, ptr %in, i32 %thread
  %a = load float, ptr %from
  %a16 = call float @llvm.nvvm.shfl.sync.down.f32(i32 -1, float %a, i32 16, i32 31)
  %b = fadd float %a, %a16
  %b8 = call float @llvm.nvvm.shfl.sync.down.f32(i32 -1, float %b, i32 8, i32 31)
  %c = fadd float %b, %b8
  %c4 = call float @llvm.nvvm.shfl.sync.down.f32(i32 -1, float %c, i32 4, i32 31)
  %d = fadd float %c, %c4
  %d2 = call float @llvm.nvvm.shfl.sync.down.f32(i32 -1, float %d, i32 2, i32 31)
  %e = fadd float %d, %d2
  %e1 = call float @llvm.nvvm.shfl.sync.down.f32(i32 -1, float %e, i32 1, i32 31)
  %f = fadd float %e, %e1
  %to = getelementptr float, ptr %out, i32 %thread
  store float %f, ptr %to
  ret void
}

; Neighbours change places.
define ptx_kernel void @swapped(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %from = getelementptr i32, ptr %in, i32 %thread
  %a = load i32, ptr %from
  %b = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 %a, i32 1, i32 31)
  %to = getelementptr i32, ptr %out, i32 %thread
  store i32 %b, ptr %to
  ret void
}

; All lanes are named, half of them come.
define ptx_kernel void @absent(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %lane = and i32 %thread, 31
  %low = icmp ult i32 %lane, 16
  br i1 %low, label %give, label %done
give:
  %a = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 %thread, i32 1, i32 31)
  %to = getelementptr i32, ptr %out, i32 %thread
  store i32 %a, ptr %to
  br label %done
done:
  ret void
}

; Each thread copies a word, waits for its copy, then for all threads, and takes another one's.
define ptx_kernel void @copied(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %place = getelementptr float, ptr addrspace(3) @words, i32 %thread
  %generic = getelementptr float, ptr %in, i32 %thread
  %from = addrspacecast ptr %generic to ptr addrspace(1)
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %place, ptr addrspace(1) %from)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 0)
  call void @llvm.nvvm.barrier0()
  %other = xor i32 %thread, 63
  %read = getelementptr float, ptr addrspace(3) @words, i32 %other
  %a = load float, ptr addrspace(3) %read
  %to = getelementptr float, ptr %out, i32 %thread
  store float %a, ptr %to
  ret void
}

; The same, but the group that is waited for is the one before; only half of each word's bytes are taken.
define ptx_kernel void @early(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %place = getelementptr float, ptr addrspace(3) @words, i32 %thread
  %generic = getelementptr float, ptr %in, i32 %thread
  %from = addrspacecast ptr %generic to ptr addrspace(1)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.ca.shared.global.4.s(ptr addrspace(3) %place, ptr addrspace(1) %from, i32 2)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 1)
  call void @llvm.nvvm.barrier0()
  %other = xor i32 %thread, 63
  %read = getelementptr float, ptr addrspace(3) @words, i32 %other
  %a = load float, ptr addrspace(3) %read
  %to = getelementptr float, ptr %out, i32 %thread
  store float %a, ptr %to
  ret void
}

; A thread waits for its copy, but reads another one's without a barrier.
define ptx_kernel void @alone(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %place = getelementptr float, ptr addrspace(3) @words, i32 %thread
  %generic = getelementptr float, ptr %in, i32 %thread
  %from = addrspacecast ptr %generic to ptr addrspace(1)
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %place, ptr addrspace(1) %from)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 0)
  %other = xor i32 %thread, 63
  %read = getelementptr float, ptr addrspace(3) @words, i32 %other
  %a = load float, ptr addrspace(3) %read
  %to = getelementptr float, ptr %out, i32 %thread
  store float %a, ptr %to
  ret void
}
