; A copy of a box of 8 lines of 16 words, of a tensor of 4 such lines, that begins two lines before it. The words of the tensor are
; their numbers. Thread t gives word t of shared memory, as it lies there.
target triple = "nvptx64-nvidia-cuda"

@lines = internal addrspace(3) global [128 x i32] undef, align 1024
@full = internal addrspace(3) global i64 undef, align 8

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
declare void @llvm.nvvm.bar.warp.sync(i32)
declare void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3), i32)
declare i64 @llvm.nvvm.mbarrier.arrive.shared(ptr addrspace(3))
declare i64 @llvm.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(ptr addrspace(3), i32)
declare i1 @llvm.nvvm.mbarrier.try.wait.parity.scope.cta.space.cta(ptr addrspace(3), i32)
declare void @llvm.nvvm.cp.async.bulk.tensor.g2s.tile.2d(ptr addrspace(7), ptr addrspace(3), ptr, i32, i32, i16, i64, i1, i1, i32)

define ptx_kernel void @box(ptr %in, ptr %out, ptr byval([128 x i8]) align 64 "nvvm.grid_constant" %map) {
entry:
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %thread, 0
  br i1 %first, label %make, label %made

make:
  call void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3) @full, i32 1)
  call void asm sideeffect "fence.proxy.async.shared::cta;", "~{memory}"()
  br label %made

made:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br i1 %first, label %start, label %started

start:
  %state = call i64 @llvm.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(ptr addrspace(3) @full, i32 512)
  call void @llvm.nvvm.cp.async.bulk.tensor.g2s.tile.2d(ptr addrspace(7) addrspacecast (ptr addrspace(3) @lines to ptr addrspace(7)), ptr addrspace(3) @full, ptr %map, i32 0, i32 -2, i16 0, i64 0, i1 false, i1 false, i32 0)
; TWICE  call void @llvm.nvvm.cp.async.bulk.tensor.g2s.tile.2d(ptr addrspace(7) addrspacecast (ptr addrspace(3) @lines to ptr addrspace(7)), ptr addrspace(3) @full, ptr %map, i32 0, i32 -2, i16 0, i64 0, i1 false, i1 false, i32 0)
; AGAIN  %other = call i64 @llvm.nvvm.mbarrier.arrive.shared(ptr addrspace(3) @full)
  br label %started

started:
  %over = call i1 @llvm.nvvm.mbarrier.try.wait.parity.scope.cta.space.cta(ptr addrspace(3) @full, i32 0)
  br i1 %over, label %come, label %started

come:
  %word = getelementptr i32, ptr addrspace(3) @lines, i32 %thread
  %value = load i32, ptr addrspace(3) %word
  %to = getelementptr i32, ptr %out, i32 %thread
  store i32 %value, ptr %to
  ret void
}
