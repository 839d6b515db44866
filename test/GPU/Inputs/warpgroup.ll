; One product of four warps. Row r of the left factor begins 64 r bytes behind `left`; its groups of 16 bytes hold their own number, in
; memory, as the first of each two bf16. The right factor is 1 throughout. So a sum is 4 times the numbers of the two groups that the
; first 16 terms of its row are in. Thread t gives the sum that thread 8 t mod 128 begins with, whose row is 2 t in the first warp.
target triple = "nvptx64-nvidia-cuda"

@left = internal addrspace(3) global [1024 x i32] undef, align 512
@right = internal addrspace(3) global [128 x i32] undef, align 512
@sums = internal addrspace(3) global [128 x float] undef, align 16

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
declare void @llvm.nvvm.wgmma.fence.sync.aligned()
declare void @llvm.nvvm.wgmma.commit_group.sync.aligned()

define ptx_kernel void @product(ptr %in, ptr %out) {
entry:
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  br label %fill

fill: ; one of 8 words, 128 apart
  %turn = phi i32 [ 0, %entry ], [ %next, %fill ]
  %before = mul i32 %turn, 128
  %word = add i32 %before, %thread
  %group = lshr i32 %word, 2
  %number = uitofp i32 %group to float
  %bits = bitcast float %number to i32
  %half = lshr i32 %bits, 16
  %place = getelementptr i32, ptr addrspace(3) @left, i32 %word
  store i32 %half, ptr addrspace(3) %place
  %next = add i32 %turn, 1
  %more = icmp ult i32 %next, 8
  br i1 %more, label %fill, label %filled

filled:
  %mine = getelementptr i32, ptr addrspace(3) @right, i32 %thread
  store i32 u0x3f803f80, ptr addrspace(3) %mine
  call void asm sideeffect "fence.proxy.async.shared::cta;", "~{memory}"()
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %own.number = zext i32 %thread to i64
  %first = ptrtoint ptr addrspace(3) @left to i64
  %left = add i64 %first, 0
  %right = ptrtoint ptr addrspace(3) @right to i64
  %a.low = and i64 %left, u0x3ffff
  %b.low = and i64 %right, u0x3ffff
  %a.groups = lshr i64 %a.low, 4
  %b.groups = lshr i64 %b.low, 4
  ; rows of 64 bytes: mode 2; eight of them 512 bytes, 32 groups
  %a = or i64 %a.groups, u0x8000002000000000
  %b = or i64 %b.groups, u0x8000002000000000
  call void @llvm.nvvm.wgmma.fence.sync.aligned()
  %p = call { float, float, float, float } asm sideeffect "{ .reg .pred p; setp.eq.u32 p, 0, 0; wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {$0, $1, $2, $3}, $8, $9, p, 1, 1, 0, 0; }", "=f,=f,=f,=f,0,1,2,3,l,l,~{memory}"(float 0.0, float 0.0, float 0.0, float 0.0, i64 %a, i64 %b)
  call void @llvm.nvvm.wgmma.commit_group.sync.aligned()
; EARLY  store i32 0, ptr addrspace(3) %mine
  %p0 = extractvalue { float, float, float, float } %p, 0
  %p1 = extractvalue { float, float, float, float } %p, 1
  %p2 = extractvalue { float, float, float, float } %p, 2
  %p3 = extractvalue { float, float, float, float } %p, 3
  %q = call { float, float, float, float } asm sideeffect "wgmma.wait_group.sync.aligned 0;", "=f,=f,=f,=f,0,1,2,3,~{memory}"(float %p0, float %p1, float %p2, float %p3)
  %sum = extractvalue { float, float, float, float } %q, 0
; LATE  store i32 0, ptr addrspace(3) %mine
  %own = getelementptr float, ptr addrspace(3) @sums, i32 %thread
  store float %sum, ptr addrspace(3) %own
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %eight = mul i32 %thread, 8
  %other = and i32 %eight, 127
  %its = getelementptr float, ptr addrspace(3) @sums, i32 %other
  %given = load float, ptr addrspace(3) %its
  %inside = icmp ult i32 %thread, 64
  br i1 %inside, label %give, label %end

give:
  %to = getelementptr float, ptr %out, i32 %thread
  store float %given, ptr %to
  br label %end

end:
  ret void
}
